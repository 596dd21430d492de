PRAGMA application_id = 1164862561;
BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0012');
CREATE TABLE announcement_seen (
	announcement_id INTEGER NOT NULL, 
	member_id INTEGER NOT NULL, 
	seen_at DATETIME NOT NULL, 
	CONSTRAINT pk_announcement_seen PRIMARY KEY (announcement_id, member_id), 
	CONSTRAINT fk_announcement_seen_announcement_id_announcements FOREIGN KEY(announcement_id) REFERENCES announcements (id) ON DELETE CASCADE, 
	CONSTRAINT fk_announcement_seen_member_id_members FOREIGN KEY(member_id) REFERENCES members (id) ON DELETE CASCADE
);
INSERT INTO "announcement_seen" VALUES(1,1,'2026-11-23 09:00:00.000000');
CREATE TABLE announcement_texts (
	announcement_id INTEGER NOT NULL, 
	language VARCHAR(8) NOT NULL, 
	text TEXT NOT NULL, 
	"before" TEXT, 
	media JSON NOT NULL, 
	album VARCHAR(64), 
	voice VARCHAR(256), 
	voice_seconds INTEGER NOT NULL, corrected_at DATETIME, 
	CONSTRAINT pk_announcement_texts PRIMARY KEY (announcement_id, language), 
	CONSTRAINT fk_announcement_texts_announcement_id_announcements FOREIGN KEY(announcement_id) REFERENCES announcements (id) ON DELETE CASCADE
);
INSERT INTO "announcement_texts" VALUES(1,'fr','x','x','[]','x','x',1,'2026-11-23 09:00:00.000000');
CREATE TABLE announcements (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	state VARCHAR(16) NOT NULL, 
	author_id INTEGER, 
	kind VARCHAR(16) NOT NULL, 
	is_urgent BOOLEAN NOT NULL, 
	places JSON NOT NULL, 
	roles JSON NOT NULL, 
	groups JSON NOT NULL, 
	wall VARCHAR(16), 
	time_zone VARCHAR(64), 
	send_at DATETIME, 
	fingerprint VARCHAR(64), 
	version INTEGER NOT NULL, 
	made_at DATETIME NOT NULL, 
	changed_at DATETIME NOT NULL, 
	confirmed_at DATETIME, 
	ended_at DATETIME, 
	corrected_at DATETIME, 
	withdrawn_at DATETIME, 
	progress_chat_id INTEGER, 
	progress_message_id INTEGER, 
	CONSTRAINT ck_announcements_state CHECK (state IN ('draft', 'scheduled', 'held', 'sending', 'paused', 'stopped', 'sent', 'withdrawn')), 
	CONSTRAINT fk_announcements_author_id_members FOREIGN KEY(author_id) REFERENCES members (id) ON DELETE SET NULL
);
INSERT INTO "announcements" VALUES(1,'draft',1,'x',0,'[]','[]','[]','x','Europe/Paris','2026-11-23 09:00:00.000000','x',1,'2026-11-23 09:00:00.000000','2026-11-23 09:00:00.000000','2026-11-23 09:00:00.000000','2026-11-23 09:00:00.000000','2026-11-23 09:00:00.000000','2026-11-23 09:00:00.000000',1,1);
CREATE TABLE "askings" (
	id INTEGER NOT NULL, 
	member_id INTEGER, 
	message_id INTEGER NOT NULL, 
	language VARCHAR(8) NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	entry VARCHAR(64), 
	text TEXT, 
	was_wrong BOOLEAN NOT NULL, 
	asked_at DATETIME NOT NULL, 
	CONSTRAINT pk_askings PRIMARY KEY (id), 
	CONSTRAINT fk_askings_member_id_members FOREIGN KEY(member_id) REFERENCES members (id) ON DELETE SET NULL
);
INSERT INTO "askings" VALUES(1,1,1,'fr','x','x','x',0,'2026-11-23 09:00:00.000000');
CREATE TABLE audit (
	id INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	actor_id INTEGER, 
	action VARCHAR(48) NOT NULL, 
	subject VARCHAR(48) NOT NULL, 
	CONSTRAINT pk_audit PRIMARY KEY (id), 
	CONSTRAINT fk_audit_actor_id_members FOREIGN KEY(actor_id) REFERENCES members (id) ON DELETE SET NULL
);
INSERT INTO "audit" VALUES(1,'2026-11-23 09:00:00.000000',1,'x','x');
CREATE TABLE chats (
	id INTEGER NOT NULL, 
	title VARCHAR(128) NOT NULL, 
	is_channel BOOLEAN NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	kinds JSON NOT NULL, 
	languages JSON NOT NULL, 
	linked_by INTEGER, 
	added_at DATETIME NOT NULL, 
	leaves_at DATETIME, 
	moved_to INTEGER, 
	CONSTRAINT pk_chats PRIMARY KEY (id), 
	CONSTRAINT ck_chats_state CHECK (state IN ('waiting', 'linked', 'left', 'moved'))
);
INSERT INTO "chats" VALUES(1,'x',0,'linked','[]','[]',1,'2026-11-23 09:00:00.000000','2026-11-23 09:00:00.000000',1);
CREATE TABLE claims (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	task_id INTEGER NOT NULL, 
	member_id INTEGER NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	is_to_confirm BOOLEAN NOT NULL, 
	photo VARCHAR(256), 
	claimed_at DATETIME NOT NULL, 
	ended_at DATETIME, 
	CONSTRAINT fk_claims_task_id_tasks FOREIGN KEY(task_id) REFERENCES tasks (id) ON DELETE CASCADE, 
	CONSTRAINT fk_claims_member_id_members FOREIGN KEY(member_id) REFERENCES members (id) ON DELETE CASCADE
);
INSERT INTO "claims" VALUES(1,1,1,'held',0,'x','2026-11-23 09:00:00.000000','2026-11-23 09:00:00.000000');
CREATE TABLE dead_letters (
	id INTEGER NOT NULL, 
	update_id INTEGER NOT NULL, 
	payload TEXT NOT NULL, 
	reason VARCHAR(200) NOT NULL, 
	code VARCHAR(8) NOT NULL, 
	died_at DATETIME NOT NULL, 
	CONSTRAINT pk_dead_letters PRIMARY KEY (id)
);
INSERT INTO "dead_letters" VALUES(1,1,'x','x','x','2026-11-23 09:00:00.000000');
CREATE TABLE delegations (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	state VARCHAR(16) NOT NULL, 
	direction VARCHAR(8) NOT NULL, 
	author_id INTEGER, 
	titles JSON NOT NULL, 
	persons INTEGER NOT NULL, 
	women INTEGER NOT NULL, 
	travellers TEXT NOT NULL, 
	programme TEXT NOT NULL, 
	programme_file JSON, 
	places JSON NOT NULL, 
	version INTEGER NOT NULL, 
	is_stale BOOLEAN NOT NULL, 
	arrives_on DATE, 
	leaves_on DATE, 
	arrived_at DATETIME, 
	made_at DATETIME NOT NULL, 
	changed_at DATETIME NOT NULL, 
	opened_at DATETIME, 
	ended_at DATETIME, 
	purged_at DATETIME, 
	CONSTRAINT ck_delegations_state CHECK (state IN ('draft', 'open', 'closed', 'cancelled')), 
	CONSTRAINT fk_delegations_author_id_members FOREIGN KEY(author_id) REFERENCES members (id) ON DELETE SET NULL
);
INSERT INTO "delegations" VALUES(1,'open','x',1,'{}',1,1,'x','x','[]','[]',1,0,'2026-12-05','2026-12-05','2026-11-23 09:00:00.000000','2026-11-23 09:00:00.000000','2026-11-23 09:00:00.000000','2026-11-23 09:00:00.000000','2026-11-23 09:00:00.000000','2026-11-23 09:00:00.000000');
CREATE TABLE deliveries (
	id INTEGER NOT NULL, 
	chat_id INTEGER NOT NULL, 
	member_id INTEGER, 
	lane INTEGER NOT NULL, 
	"view" VARCHAR(64) NOT NULL, 
	"values" JSON NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	dedupe_key VARCHAR(128), 
	resends INTEGER NOT NULL, 
	tries INTEGER NOT NULL, 
	epoch INTEGER, 
	message_id INTEGER, 
	reason VARCHAR(200), 
	created_at DATETIME NOT NULL, 
	not_before DATETIME NOT NULL, 
	expires_at DATETIME, 
	claimed_at DATETIME, 
	settled_at DATETIME, author_id INTEGER, action VARCHAR(48), subject_id INTEGER, crashes INTEGER DEFAULT '0' NOT NULL, message_ids JSON, 
	CONSTRAINT pk_deliveries PRIMARY KEY (id), 
	CONSTRAINT ck_deliveries_state CHECK (state IN ('queued', 'sending', 'ambiguous', 'sent', 'failed', 'cancelled', 'expired', 'held', 'parked')), 
	CONSTRAINT uq_deliveries_dedupe_key UNIQUE (dedupe_key)
);
INSERT INTO "deliveries" VALUES(1,1,1,1,'x','{}','sent','x',1,1,1,1,'x','2026-11-23 09:00:00.000000','2026-11-23 09:00:00.000000','2026-11-23 09:00:00.000000','2026-11-23 09:00:00.000000','2026-11-23 09:00:00.000000',1,'x',1,1,'[]');
CREATE TABLE documents (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	kind VARCHAR(16) NOT NULL, 
	titles JSON NOT NULL, 
	text TEXT NOT NULL, 
	media JSON NOT NULL, 
	least_role VARCHAR(16) NOT NULL, 
	meeting_id INTEGER, 
	author_id INTEGER, 
	made_at DATETIME NOT NULL, 
	sent_at DATETIME, project VARCHAR(64), more JSON, 
	CONSTRAINT fk_documents_author_id_members FOREIGN KEY(author_id) REFERENCES members (id) ON DELETE SET NULL, 
	CONSTRAINT fk_documents_meeting_id_meetings FOREIGN KEY(meeting_id) REFERENCES meetings (id) ON DELETE SET NULL
);
INSERT INTO "documents" VALUES(1,'x','{}','x','[]','x',1,1,'2026-11-23 09:00:00.000000','2026-11-23 09:00:00.000000','gardens','[["photo","x"]]');
CREATE TABLE drafts (
	member_id INTEGER NOT NULL, 
	kind VARCHAR(32) NOT NULL, 
	step VARCHAR(32) NOT NULL, 
	content JSON NOT NULL, 
	changed_at DATETIME NOT NULL, 
	CONSTRAINT pk_drafts PRIMARY KEY (member_id), 
	CONSTRAINT fk_drafts_member_id_members FOREIGN KEY(member_id) REFERENCES members (id) ON DELETE CASCADE
);
INSERT INTO "drafts" VALUES(1,'x','x','{}','2026-11-23 09:00:00.000000');
CREATE TABLE entries (
	id INTEGER NOT NULL, 
	name VARCHAR(64) NOT NULL, 
	made_at DATETIME NOT NULL, 
	retired_at DATETIME, 
	CONSTRAINT pk_entries PRIMARY KEY (id), 
	CONSTRAINT uq_entries_name UNIQUE (name)
);
INSERT INTO "entries" VALUES(1,'x','2026-11-23 09:00:00.000000','2026-11-23 09:00:00.000000');
CREATE TABLE entry_texts (
	entry_id INTEGER NOT NULL, 
	language VARCHAR(8) NOT NULL, 
	title VARCHAR(64) NOT NULL, 
	answer TEXT NOT NULL, 
	questions JSON NOT NULL, 
	is_stale BOOLEAN NOT NULL, 
	changed_by VARCHAR(64) NOT NULL, 
	changed_at DATETIME NOT NULL, 
	CONSTRAINT pk_entry_texts PRIMARY KEY (entry_id, language), 
	CONSTRAINT fk_entry_texts_entry_id_entries FOREIGN KEY(entry_id) REFERENCES entries (id) ON DELETE CASCADE
);
INSERT INTO "entry_texts" VALUES(1,'fr','x','x','[]',0,'x','2026-11-23 09:00:00.000000');
CREATE TABLE help_answers (
	call_id INTEGER NOT NULL, 
	member_id INTEGER NOT NULL, 
	said_no_at DATETIME, 
	mood VARCHAR(8), 
	comment TEXT NOT NULL, 
	voice VARCHAR(256), 
	CONSTRAINT pk_help_answers PRIMARY KEY (call_id, member_id), 
	CONSTRAINT fk_help_answers_call_id_help_calls FOREIGN KEY(call_id) REFERENCES help_calls (id) ON DELETE CASCADE, 
	CONSTRAINT fk_help_answers_member_id_members FOREIGN KEY(member_id) REFERENCES members (id) ON DELETE CASCADE
);
INSERT INTO "help_answers" VALUES(1,1,'2026-11-23 09:00:00.000000','x','x','x');
CREATE TABLE help_calls (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	state VARCHAR(16) NOT NULL, 
	author_id INTEGER, 
	meeting_id INTEGER, 
	delegation_id INTEGER, 
	based_on DATETIME, 
	based_at VARCHAR(64) NOT NULL, 
	titles JSON NOT NULL, 
	places JSON NOT NULL, 
	roles JSON NOT NULL, 
	groups JSON NOT NULL, 
	is_public BOOLEAN NOT NULL, 
	confirm_hours INTEGER NOT NULL, 
	version INTEGER NOT NULL, 
	is_stale BOOLEAN NOT NULL, 
	made_at DATETIME NOT NULL, 
	changed_at DATETIME NOT NULL, 
	published_at DATETIME, 
	ended_at DATETIME, 
	thanked_at DATETIME, 
	CONSTRAINT ck_help_calls_state CHECK (state IN ('draft', 'open', 'closed', 'cancelled')), 
	CONSTRAINT fk_help_calls_author_id_members FOREIGN KEY(author_id) REFERENCES members (id) ON DELETE SET NULL, 
	CONSTRAINT fk_help_calls_meeting_id_meetings FOREIGN KEY(meeting_id) REFERENCES meetings (id) ON DELETE SET NULL, 
	CONSTRAINT fk_help_calls_delegation_id_delegations FOREIGN KEY(delegation_id) REFERENCES delegations (id) ON DELETE SET NULL
);
INSERT INTO "help_calls" VALUES(1,'open',1,1,1,'2026-11-23 09:00:00.000000','x','{}','[]','[]','[]',0,1,1,0,'2026-11-23 09:00:00.000000','2026-11-23 09:00:00.000000','2026-11-23 09:00:00.000000','2026-11-23 09:00:00.000000','2026-11-23 09:00:00.000000');
CREATE TABLE inbox (
	update_id INTEGER NOT NULL, 
	arrival INTEGER NOT NULL, 
	chat_id INTEGER NOT NULL, 
	payload TEXT NOT NULL, 
	received_at DATETIME NOT NULL, 
	done_at DATETIME, 
	answered_at DATETIME, 
	CONSTRAINT pk_inbox PRIMARY KEY (update_id)
);
INSERT INTO "inbox" VALUES(1,1,1,'x','2026-11-23 09:00:00.000000','2026-11-23 09:00:00.000000','2026-11-23 09:00:00.000000');
CREATE TABLE invitations (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	token_hash VARCHAR(64) NOT NULL, 
	role VARCHAR(16) NOT NULL, 
	place VARCHAR(32), 
	language VARCHAR(8), 
	first_name VARCHAR(64), 
	phone VARCHAR(256), 
	list_key VARCHAR(64), 
	uses_allowed INTEGER NOT NULL, 
	uses INTEGER NOT NULL, 
	made_by INTEGER, 
	made_at DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, 
	revoked_at DATETIME, 
	CONSTRAINT uq_invitations_token_hash UNIQUE (token_hash), 
	CONSTRAINT uq_invitations_list_key UNIQUE (list_key)
);
INSERT INTO "invitations" VALUES(1,'x','x','x','fr','x','x','x',1,1,1,'2026-11-23 09:00:00.000000','2026-11-23 09:00:00.000000','2026-11-23 09:00:00.000000');
CREATE TABLE join_requests (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	member_id INTEGER NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	asked_at DATETIME NOT NULL, 
	decided_by INTEGER, 
	decided_at DATETIME, 
	reminded_at DATETIME, 
	CONSTRAINT ck_join_requests_state CHECK (state IN ('open', 'accepted', 'refused')), 
	CONSTRAINT fk_join_requests_member_id_members FOREIGN KEY(member_id) REFERENCES members (id) ON DELETE CASCADE, 
	CONSTRAINT fk_join_requests_decided_by_members FOREIGN KEY(decided_by) REFERENCES members (id) ON DELETE SET NULL
);
INSERT INTO "join_requests" VALUES(1,1,'open','2026-11-23 09:00:00.000000',1,'2026-11-23 09:00:00.000000','2026-11-23 09:00:00.000000');
CREATE TABLE leadership (
	id INTEGER NOT NULL, 
	epoch INTEGER NOT NULL, 
	since DATETIME NOT NULL, 
	CONSTRAINT pk_leadership PRIMARY KEY (id)
);
INSERT INTO "leadership" VALUES(1,1,'2026-11-23 09:00:00.000000');
CREATE TABLE marks (
	id INTEGER NOT NULL, 
	kind VARCHAR(8) NOT NULL, 
	mark VARCHAR(64) NOT NULL, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_marks PRIMARY KEY (id)
);
INSERT INTO "marks" VALUES(1,'x','x','2026-11-23 09:00:00.000000');
CREATE TABLE meeting_points (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	meeting_id INTEGER NOT NULL, 
	member_id INTEGER, 
	text TEXT NOT NULL, 
	voice VARCHAR(256), 
	state VARCHAR(16) NOT NULL, 
	made_at DATETIME NOT NULL, 
	CONSTRAINT fk_meeting_points_meeting_id_meetings FOREIGN KEY(meeting_id) REFERENCES meetings (id) ON DELETE CASCADE, 
	CONSTRAINT fk_meeting_points_member_id_members FOREIGN KEY(member_id) REFERENCES members (id) ON DELETE SET NULL
);
INSERT INTO "meeting_points" VALUES(1,1,1,'x','x','proposed','2026-11-23 09:00:00.000000');
CREATE TABLE meeting_series (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	rule VARCHAR(64) NOT NULL, 
	first_on DATE NOT NULL, 
	wall VARCHAR(16) NOT NULL, 
	end_wall VARCHAR(16), 
	time_zone VARCHAR(64) NOT NULL, 
	is_over BOOLEAN NOT NULL
);
INSERT INTO "meeting_series" VALUES(1,'x','2026-12-05','x','x','Europe/Paris',0);
CREATE TABLE meetings (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	state VARCHAR(16) NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	author_id INTEGER, 
	titles JSON NOT NULL, 
	wall VARCHAR(16), 
	end_wall VARCHAR(16), 
	time_zone VARCHAR(64), 
	starts_at DATETIME, 
	ends_at DATETIME, 
	venue_id INTEGER, 
	online_url VARCHAR(256), 
	places JSON NOT NULL, 
	roles JSON NOT NULL, 
	groups JSON NOT NULL, 
	is_public BOOLEAN NOT NULL, 
	agenda JSON NOT NULL, 
	agenda_file JSON, 
	capacity INTEGER, 
	has_waitlist BOOLEAN NOT NULL, 
	most_guests INTEGER NOT NULL, 
	series_id INTEGER, 
	occurs_on DATE, 
	publish_at DATETIME, 
	published_at DATETIME, 
	cancelled_at DATETIME, 
	sequence INTEGER NOT NULL, 
	is_stale BOOLEAN NOT NULL, 
	came_besides INTEGER NOT NULL, 
	made_at DATETIME NOT NULL, 
	changed_at DATETIME NOT NULL, was_at DATETIME, was_until DATETIME, 
	CONSTRAINT ck_meetings_state CHECK (state IN ('draft', 'planned', 'open', 'postponed', 'cancelled')), 
	CONSTRAINT fk_meetings_author_id_members FOREIGN KEY(author_id) REFERENCES members (id) ON DELETE SET NULL, 
	CONSTRAINT fk_meetings_series_id_meeting_series FOREIGN KEY(series_id) REFERENCES meeting_series (id) ON DELETE SET NULL, 
	CONSTRAINT fk_meetings_venue_id_venues FOREIGN KEY(venue_id) REFERENCES venues (id) ON DELETE SET NULL, 
	CONSTRAINT uq_meetings_series_id UNIQUE (series_id, occurs_on)
);
INSERT INTO "meetings" VALUES(1,'open','x',1,'{}','x','x','Europe/Paris','2026-11-23 09:00:00.000000','2026-11-23 09:00:00.000000',1,'x','[]','[]','[]',0,'{}','[]',1,0,1,1,'2026-12-05','2026-11-23 09:00:00.000000','2026-11-23 09:00:00.000000','2026-11-23 09:00:00.000000',1,0,1,'2026-11-23 09:00:00.000000','2026-11-23 09:00:00.000000',NULL,NULL);
CREATE TABLE "members" (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	telegram_id INTEGER NOT NULL, 
	language VARCHAR(8), 
	place VARCHAR(32), 
	role VARCHAR(16) NOT NULL, 
	is_reachable BOOLEAN NOT NULL, 
	joined_at DATETIME NOT NULL, 
	first_name VARCHAR(64) NOT NULL, 
	listens_first BOOLEAN NOT NULL, 
	is_name_chosen BOOLEAN NOT NULL, 
	demoted_at DATETIME, 
	invitation_id INTEGER, 
	phone VARCHAR(256), 
	relatives INTEGER NOT NULL, 
	quiet_from INTEGER, 
	quiet_until INTEGER, 
	unreachable_why VARCHAR(16), 
	agreed_at DATETIME, 
	seen_at DATETIME NOT NULL, 
	asked_to_stay_at DATETIME, 
	CONSTRAINT fk_members_invitation_id_invitations FOREIGN KEY(invitation_id) REFERENCES invitations (id) ON DELETE SET NULL, 
	CONSTRAINT uq_members_telegram_id UNIQUE (telegram_id)
);
INSERT INTO "members" VALUES(1,1,'fr','x','member',0,'2026-11-23 09:00:00.000000','x',0,0,'2026-11-23 09:00:00.000000',1,'x',1,1,1,'x','2026-11-23 09:00:00.000000','2026-11-23 09:00:00.000000','2026-11-23 09:00:00.000000');
CREATE TABLE mutes (
	member_id INTEGER NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	CONSTRAINT pk_mutes PRIMARY KEY (member_id, kind), 
	CONSTRAINT fk_mutes_member_id_members FOREIGN KEY(member_id) REFERENCES members (id) ON DELETE CASCADE
);
INSERT INTO "mutes" VALUES(1,'x');
CREATE TABLE needs (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	call_id INTEGER NOT NULL, 
	role VARCHAR(16) NOT NULL, 
	titles JSON NOT NULL, 
	capacity INTEGER NOT NULL, 
	wall VARCHAR(16), 
	time_zone VARCHAR(64), 
	starts_at DATETIME, 
	lasts_minutes INTEGER NOT NULL, 
	gap_minutes INTEGER, 
	place VARCHAR(64) NOT NULL, 
	bring VARCHAR(200) NOT NULL, 
	contact VARCHAR(64) NOT NULL, 
	is_closed BOOLEAN NOT NULL, 
	CONSTRAINT fk_needs_call_id_help_calls FOREIGN KEY(call_id) REFERENCES help_calls (id) ON DELETE CASCADE
);
INSERT INTO "needs" VALUES(1,1,'x','{}',1,'x','Europe/Paris','2026-11-23 09:00:00.000000',1,1,'x','x','x',0);
CREATE TABLE occurrences (
	"key" VARCHAR(96) NOT NULL, 
	was_late BOOLEAN NOT NULL, 
	fired_at DATETIME NOT NULL, 
	CONSTRAINT pk_occurrences PRIMARY KEY ("key")
);
INSERT INTO "occurrences" VALUES('x',0,'2026-11-23 09:00:00.000000');
CREATE TABLE pauses (
	chat_id INTEGER NOT NULL, 
	until DATETIME NOT NULL, 
	CONSTRAINT pk_pauses PRIMARY KEY (chat_id)
);
INSERT INTO "pauses" VALUES(1,'2026-11-23 09:00:00.000000');
CREATE TABLE poll_votes (
	poll_id INTEGER NOT NULL, 
	member_id INTEGER NOT NULL, 
	option INTEGER NOT NULL, 
	voted_at DATETIME NOT NULL, 
	CONSTRAINT pk_poll_votes PRIMARY KEY (poll_id, member_id), 
	CONSTRAINT fk_poll_votes_poll_id_polls FOREIGN KEY(poll_id) REFERENCES polls (id) ON DELETE CASCADE, 
	CONSTRAINT fk_poll_votes_member_id_members FOREIGN KEY(member_id) REFERENCES members (id) ON DELETE CASCADE
);
INSERT INTO "poll_votes" VALUES(1,1,1,'2026-11-23 09:00:00.000000');
CREATE TABLE polls (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	state VARCHAR(16) NOT NULL, 
	author_id INTEGER, 
	questions JSON NOT NULL, 
	options JSON NOT NULL, 
	places JSON NOT NULL, 
	roles JSON NOT NULL, 
	groups JSON NOT NULL, 
	is_anonymous BOOLEAN NOT NULL, 
	counts JSON, 
	made_at DATETIME NOT NULL, 
	opened_at DATETIME, 
	closed_at DATETIME, 
	CONSTRAINT ck_polls_state CHECK (state IN ('draft', 'open', 'closed')), 
	CONSTRAINT fk_polls_author_id_members FOREIGN KEY(author_id) REFERENCES members (id) ON DELETE SET NULL
);
INSERT INTO "polls" VALUES(1,'open',1,'[]','[]','[]','[]','[]',0,'[]','2026-11-23 09:00:00.000000','2026-11-23 09:00:00.000000','2026-11-23 09:00:00.000000');
CREATE TABLE question_messages (
	id INTEGER NOT NULL, 
	question_id INTEGER NOT NULL, 
	author_id INTEGER, 
	is_answer BOOLEAN NOT NULL, 
	chat_id INTEGER NOT NULL, 
	message_id INTEGER NOT NULL, 
	text TEXT, 
	said_at DATETIME NOT NULL, 
	sent_at DATETIME, 
	CONSTRAINT pk_question_messages PRIMARY KEY (id), 
	CONSTRAINT fk_question_messages_question_id_questions FOREIGN KEY(question_id) REFERENCES questions (id) ON DELETE CASCADE, 
	CONSTRAINT fk_question_messages_author_id_members FOREIGN KEY(author_id) REFERENCES members (id) ON DELETE SET NULL
);
INSERT INTO "question_messages" VALUES(1,1,1,0,1,1,'x','2026-11-23 09:00:00.000000','2026-11-23 09:00:00.000000');
CREATE TABLE question_posts (
	id INTEGER NOT NULL, 
	question_id INTEGER NOT NULL, 
	"view" VARCHAR(64) NOT NULL, 
	chat_id INTEGER NOT NULL, 
	message_id INTEGER NOT NULL, 
	CONSTRAINT pk_question_posts PRIMARY KEY (id), 
	CONSTRAINT fk_question_posts_question_id_questions FOREIGN KEY(question_id) REFERENCES questions (id) ON DELETE CASCADE
);
INSERT INTO "question_posts" VALUES(1,1,'x',1,1);
CREATE TABLE "questions" (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	member_id INTEGER, 
	message_id INTEGER NOT NULL, 
	first_name VARCHAR(64) NOT NULL, 
	asked_at DATETIME NOT NULL, 
	answered_at DATETIME, 
	state VARCHAR(16) NOT NULL, 
	text TEXT, 
	language VARCHAR(8), 
	album VARCHAR(64), 
	entry VARCHAR(64), 
	known JSON NOT NULL, 
	lead_id INTEGER, 
	taker_id INTEGER, 
	taken_at DATETIME, 
	topic_id INTEGER, 
	lateness INTEGER NOT NULL, 
	due_at DATETIME NOT NULL, 
	changed_at DATETIME NOT NULL, about VARCHAR(64), 
	CONSTRAINT ck_questions_state CHECK (state IN ('gathering', 'open', 'answered', 'closed')), 
	CONSTRAINT fk_questions_lead_id_questions FOREIGN KEY(lead_id) REFERENCES questions (id) ON DELETE SET NULL, 
	CONSTRAINT fk_questions_taker_id_members FOREIGN KEY(taker_id) REFERENCES members (id) ON DELETE SET NULL, 
	CONSTRAINT fk_questions_member_id_members FOREIGN KEY(member_id) REFERENCES members (id) ON DELETE SET NULL
);
INSERT INTO "questions" VALUES(1,1,1,'x','2026-11-23 09:00:00.000000','2026-11-23 09:00:00.000000','open','x','fr','x','x','[]',1,1,'2026-11-23 09:00:00.000000',1,1,'2026-11-23 09:00:00.000000','2026-11-23 09:00:00.000000','x');
CREATE TABLE recordings (
	"key" VARCHAR(96) NOT NULL, 
	language VARCHAR(8) NOT NULL, 
	file_id VARCHAR(256) NOT NULL, 
	seconds INTEGER NOT NULL, 
	text TEXT NOT NULL, 
	recorded_at DATETIME NOT NULL, recorded_by INTEGER, 
	CONSTRAINT pk_recordings PRIMARY KEY ("key", language)
);
INSERT INTO "recordings" VALUES('x','fr','x',1,'x','2026-11-23 09:00:00.000000',1);
CREATE TABLE rsvps (
	meeting_id INTEGER NOT NULL, 
	member_id INTEGER NOT NULL, 
	answer VARCHAR(8), 
	persons INTEGER NOT NULL, 
	waiting_since DATETIME, 
	was_passed BOOLEAN NOT NULL, 
	is_to_confirm BOOLEAN NOT NULL, 
	wants_minutes BOOLEAN, 
	came INTEGER, 
	answered_at DATETIME, said_for VARCHAR(10), 
	CONSTRAINT pk_rsvps PRIMARY KEY (meeting_id, member_id), 
	CONSTRAINT fk_rsvps_member_id_members FOREIGN KEY(member_id) REFERENCES members (id) ON DELETE CASCADE, 
	CONSTRAINT fk_rsvps_meeting_id_meetings FOREIGN KEY(meeting_id) REFERENCES meetings (id) ON DELETE CASCADE
);
INSERT INTO "rsvps" VALUES(1,1,'x',1,'2026-11-23 09:00:00.000000',0,0,0,1,'2026-11-23 09:00:00.000000','x');
CREATE TABLE signups (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	need_id INTEGER NOT NULL, 
	member_id INTEGER, 
	name VARCHAR(64) NOT NULL, 
	persons INTEGER NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	since DATETIME NOT NULL, 
	confirm_by DATETIME, 
	is_to_confirm BOOLEAN NOT NULL, 
	reason VARCHAR(200) NOT NULL, 
	came INTEGER, 
	hours FLOAT, 
	ended_at DATETIME, 
	CONSTRAINT ck_signups_state CHECK (state IN ('held', 'waiting', 'offered', 'gone', 'removed')), 
	CONSTRAINT fk_signups_need_id_needs FOREIGN KEY(need_id) REFERENCES needs (id) ON DELETE CASCADE, 
	CONSTRAINT fk_signups_member_id_members FOREIGN KEY(member_id) REFERENCES members (id) ON DELETE SET NULL, 
	CONSTRAINT uq_signups_need_id UNIQUE (need_id, member_id, name)
);
INSERT INTO "signups" VALUES(1,1,1,'x',1,'held','2026-11-23 09:00:00.000000','2026-11-23 09:00:00.000000',0,'x',1,1.5,'2026-11-23 09:00:00.000000');
CREATE TABLE skills (
	member_id INTEGER NOT NULL, 
	name VARCHAR(24) NOT NULL, 
	CONSTRAINT pk_skills PRIMARY KEY (member_id, name), 
	CONSTRAINT fk_skills_member_id_members FOREIGN KEY(member_id) REFERENCES members (id) ON DELETE CASCADE
);
INSERT INTO "skills" VALUES(1,'x');
CREATE TABLE stops (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	delegation_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	note VARCHAR(200) NOT NULL, 
	number VARCHAR(16) NOT NULL, 
	leaves_from VARCHAR(64) NOT NULL, 
	leaves_wall VARCHAR(16), 
	leaves_zone VARCHAR(64), 
	leaves_at DATETIME, 
	place VARCHAR(64) NOT NULL, 
	latitude FLOAT, 
	longitude FLOAT, 
	wall VARCHAR(16), 
	time_zone VARCHAR(64), 
	at DATETIME, 
	hangs_on INTEGER, 
	gap_minutes INTEGER NOT NULL, 
	done_at DATETIME, 
	CONSTRAINT fk_stops_delegation_id_delegations FOREIGN KEY(delegation_id) REFERENCES delegations (id) ON DELETE CASCADE, 
	CONSTRAINT fk_stops_hangs_on_stops FOREIGN KEY(hangs_on) REFERENCES stops (id) ON DELETE SET NULL
);
INSERT INTO "stops" VALUES(1,1,1,'x','planned','x','x','x','x','x','2026-11-23 09:00:00.000000','x',1.5,1.5,'x','Europe/Paris','2026-11-23 09:00:00.000000',1,1,'2026-11-23 09:00:00.000000');
CREATE TABLE task_calls (
	task_id INTEGER NOT NULL, 
	member_id INTEGER NOT NULL, 
	asked_at DATETIME, 
	said_no_at DATETIME, 
	CONSTRAINT pk_task_calls PRIMARY KEY (task_id, member_id), 
	CONSTRAINT fk_task_calls_member_id_members FOREIGN KEY(member_id) REFERENCES members (id) ON DELETE CASCADE, 
	CONSTRAINT fk_task_calls_task_id_tasks FOREIGN KEY(task_id) REFERENCES tasks (id) ON DELETE CASCADE
);
INSERT INTO "task_calls" VALUES(1,1,'2026-11-23 09:00:00.000000','2026-11-23 09:00:00.000000');
CREATE TABLE tasks (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	delegation_id INTEGER NOT NULL, 
	stop_id INTEGER NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	titles JSON NOT NULL, 
	offset_minutes INTEGER NOT NULL, 
	capacity INTEGER NOT NULL, 
	wants JSON NOT NULL, 
	is_cancelled BOOLEAN NOT NULL, 
	CONSTRAINT fk_tasks_delegation_id_delegations FOREIGN KEY(delegation_id) REFERENCES delegations (id) ON DELETE CASCADE, 
	CONSTRAINT fk_tasks_stop_id_stops FOREIGN KEY(stop_id) REFERENCES stops (id) ON DELETE CASCADE
);
INSERT INTO "tasks" VALUES(1,1,1,'x','{}',1,1,'[]',0);
CREATE TABLE team_members (
	delegation_id INTEGER NOT NULL, 
	member_id INTEGER NOT NULL, 
	joined_at DATETIME NOT NULL, 
	CONSTRAINT pk_team_members PRIMARY KEY (delegation_id, member_id), 
	CONSTRAINT fk_team_members_delegation_id_delegations FOREIGN KEY(delegation_id) REFERENCES delegations (id) ON DELETE CASCADE, 
	CONSTRAINT fk_team_members_member_id_members FOREIGN KEY(member_id) REFERENCES members (id) ON DELETE CASCADE
);
INSERT INTO "team_members" VALUES(1,1,'2026-11-23 09:00:00.000000');
CREATE TABLE trips (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	member_id INTEGER NOT NULL, 
	destination VARCHAR(32) NOT NULL, 
	leaves_on DATE NOT NULL, 
	returns_on DATE NOT NULL, 
	entrusted TEXT NOT NULL, 
	entrusted_by INTEGER, 
	accepted BOOLEAN, 
	made_at DATETIME NOT NULL, 
	CONSTRAINT fk_trips_member_id_members FOREIGN KEY(member_id) REFERENCES members (id) ON DELETE CASCADE, 
	CONSTRAINT fk_trips_entrusted_by_members FOREIGN KEY(entrusted_by) REFERENCES members (id) ON DELETE SET NULL
);
INSERT INTO "trips" VALUES(1,1,'x','2026-12-05','2026-12-05','x',1,0,'2026-11-23 09:00:00.000000');
CREATE TABLE venues (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	name VARCHAR(64) NOT NULL, 
	address VARCHAR(128) NOT NULL, 
	directions JSON NOT NULL, 
	latitude FLOAT, 
	longitude FLOAT, 
	used_at DATETIME NOT NULL
, place VARCHAR(32));
INSERT INTO "venues" VALUES(1,'x','x','{}',1.5,1.5,'2026-11-23 09:00:00.000000','bamako');
CREATE INDEX ix_deliveries_chat ON deliveries (chat_id, state, id);
CREATE INDEX ix_deliveries_due ON deliveries (state, lane, id);
CREATE INDEX ix_inbox_pending ON inbox (done_at, arrival);
CREATE INDEX ix_inbox_unanswered ON inbox (chat_id, answered_at);
CREATE INDEX ix_question_messages_question ON question_messages (question_id, id);
CREATE INDEX ix_question_posts_message ON question_posts (chat_id, message_id);
CREATE INDEX ix_join_requests_state ON join_requests (state, asked_at);
CREATE INDEX ix_members_role ON members (role);
CREATE INDEX ix_audit_at ON audit (at);
CREATE INDEX ix_marks_kind ON marks (kind, at);
CREATE INDEX ix_marks_mark ON marks (mark);
CREATE INDEX ix_questions_member ON questions (member_id, id);
CREATE INDEX ix_questions_state ON questions (state, asked_at);
CREATE INDEX ix_askings_asked ON askings (asked_at);
CREATE INDEX ix_askings_member ON askings (member_id, id);
CREATE INDEX ix_deliveries_subject ON deliveries ("view", subject_id, state);
CREATE INDEX ix_announcements_state ON announcements (state, send_at);
CREATE INDEX ix_meetings_state ON meetings (state, starts_at);
CREATE INDEX ix_rsvps_member_id ON rsvps (member_id);
CREATE INDEX ix_meeting_points_meeting_id ON meeting_points (meeting_id);
CREATE INDEX ix_documents_meeting_id ON documents (meeting_id);
CREATE INDEX ix_poll_votes_member_id ON poll_votes (member_id);
CREATE INDEX ix_delegations_state ON delegations (state);
CREATE INDEX ix_stops_delegation_id ON stops (delegation_id, position);
CREATE INDEX ix_tasks_delegation_id ON tasks (delegation_id);
CREATE INDEX ix_claims_member_id ON claims (member_id);
CREATE INDEX ix_claims_task_id ON claims (task_id);
CREATE INDEX ix_team_members_member_id ON team_members (member_id);
CREATE INDEX ix_task_calls_member_id ON task_calls (member_id);
CREATE INDEX ix_trips_member_id ON trips (member_id);
CREATE INDEX ix_help_calls_state ON help_calls (state);
CREATE INDEX ix_needs_call_id ON needs (call_id);
CREATE INDEX ix_signups_member_id ON signups (member_id);
CREATE INDEX ix_help_answers_member_id ON help_answers (member_id);
CREATE TRIGGER deliveries_sent_stays_sent BEFORE UPDATE OF state ON deliveries WHEN OLD.state = 'sent' AND NEW.state IN ('queued', 'sending', 'ambiguous', 'held')
BEGIN SELECT RAISE(ABORT, 'sent stays sent'); END;
COMMIT;

"""Days and hours as they are typed: every phrase of the grammar, both clock changes, and whatever else comes."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot import dates
from bot.dates import Unclear, Wall, days_from, instant, is_gap, read_hour

PARIS, BAMAKO, NEW_YORK = ZoneInfo("Europe/Paris"), ZoneInfo("Africa/Bamako"), ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # a Monday: 10:00 in Paris, 09:00 in Bamako
GAP_IN_PARIS = Wall(date(2027, 3, 28), time(2, 30))


def read(text, *, now=NOW, zone=PARIS, default_hour=None):
    return dates.read(text, now=now, zone=zone, default_hour=default_hour)


def on(day, month, hour, minute=0, *, year=2026):
    return Wall(date(year, month, day), time(hour, minute))


def at(text):
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    "day",
    [
        "5/12", "05/12", "5 / 12", "5/12/2026", "05/12/2026", "5/12/26", "5.12", "5.12.2026", "5 décembre", "5 DECEMBRE",
        "le 5 déc", "le 5 dec.", "5dec", "5 déc. 2026", "5 décembre 2026", "5 decembre, 2026", "samedi 5 décembre",
        "le samedi 5 décembre 2026", "sam. 5 déc.", "Sam 5/12", "5 desanburu", "5 desamburu", "5 desanburukalo",
        "desanburukalo tile 5", "desanburu kalo tile 5", "Desanburukalo tile 5, san 2026", "sibiri 5 desanburu 2026",
        "sibiridon, desanburukalo tile 5, san 2026",
    ],
)  # fmt: skip
def test_a_date_is_read_in_every_form(day):
    assert read(f"{day} 18h") == on(5, 12, 18)
    assert read(f"18h30, {day}") == on(5, 12, 18, 30)


@pytest.mark.parametrize(
    ("month", "names"),
    list(enumerate(
        [
            "janvier janv jan zanwuye zanwuyekalo", "février fevrier fév févr feburuye feburuyekalo",
            "mars marisi marsi marisikalo marsikalo", "avril avr awirili awirilikalo", "mai mɛ mɛkalo mekalo",
            "juin zuwɛn zuwen zuwɛnkalo", "juillet juil zuluye zuluyekalo", "août aout uti utikalo",
            "septembre sept sɛtanburu setanburu sɛtanburukalo", "octobre oct ɔkutɔburu oktɔburu okutoburukalo",
            "novembre nov nowanburu nɔwanburu nowanburukalo", "décembre déc desanburu desanburukalo",
        ],
        start=1,
    )),
)  # fmt: skip
def test_every_month_has_all_its_spellings(month, names):
    year = 2026 if month == 12 else 2027

    assert [read(f"8 {name} 9h") for name in names.split()] == [on(8, month, 9, year=year)] * len(names.split())


@pytest.mark.parametrize(
    ("day", "names"),
    [
        (24, "mardi Mardi tarata taratadon"),
        (25, "mercredi mer araba arabadon"),
        (26, "jeudi jeu. alamisa alamissa alamisadon"),
        (27, "vendredi ven juma djouma diouma jumadon"),
        (28, "samedi SAMEDI sam. sibiri sibiridon"),
        (29, "dimanche dim kari karidon lafiyɛndon"),
        (30, "lundi lun ntɛnɛ ntɛnɛn tɛnɛn ntènè ntene tenen ntɛnɛdon ntɛnɛndon tɛnɛndon"),
    ],
)
def test_every_weekday_has_all_its_spellings(day, names):
    assert [read(f"{name} 9h") for name in names.split()] == [on(day, 11, 9)] * len(names.split())


@pytest.mark.parametrize(
    ("text", "wall"),
    [
        ("aujourd'hui 18h", on(23, 11, 18)),
        ("aujourd’hui à 18h", on(23, 11, 18)),
        ("aujourdhui 18h", on(23, 11, 18)),
        ("auj 18h", on(23, 11, 18)),
        ("demain 18h", on(24, 11, 18)),
        ("dem 18h", on(24, 11, 18)),
        ("après-demain 18h", on(25, 11, 18)),
        ("apres demain 18h", on(25, 11, 18)),
        ("bi lɛrɛ 15", on(23, 11, 15)),
        ("sini lɛrɛ 15", on(24, 11, 15)),
        ("sini lere 15", on(24, 11, 15)),
        ("sinikɛnɛ lɛrɛ 15", on(25, 11, 15)),
        ("sini kènè lèrè 15", on(25, 11, 15)),
        ("demain mardi 18h", on(24, 11, 18)),
        ("dimanche 14 h 30", on(29, 11, 14, 30)),
        ("ce samedi 18h", on(28, 11, 18)),
        ("sibiri don lɛrɛ 18", on(28, 11, 18)),
    ],
)
def test_days_near_today_are_read(text, wall):
    assert read(text) == wall


@pytest.mark.parametrize(
    ("text", "wall"),
    [
        ("ce soir 20h", on(23, 11, 20)),
        ("ce soir à 8h", on(23, 11, 20)),
        ("demain soir 8h", on(24, 11, 20)),
        ("8h du soir", on(23, 11, 20)),
        ("cet après-midi 15h", on(23, 11, 15)),
        ("cet apres midi à 3 heures", on(23, 11, 15)),
        ("samedi, 15h de l'après-midi", on(28, 11, 15)),
        ("demain à 9h du matin", on(24, 11, 9)),
        ("su lɛrɛ 20", on(23, 11, 20)),
        ("bi su fɛ lɛrɛ 8", on(23, 11, 20)),
        ("sibiri sufɛ, nɛgɛ kanɲɛ 9", on(28, 11, 21)),
        ("sini sɔgɔma lɛrɛ 8", on(24, 11, 8)),
        ("sini sogoma fè lèrè 8", on(24, 11, 8)),
        ("sini tilegan na lɛrɛ 1", on(24, 11, 13)),
        ("sini wula fɛ lɛrɛ 4", on(24, 11, 16)),
        ("sini su lɛrɛ 6", on(24, 11, 18)),
        ("sini sufɛ lɛrɛ 6", on(24, 11, 18)),
        ("sini wula fɛ lɛrɛ 7", on(24, 11, 19)),
        ("demain, 6h de l'après-midi", on(24, 11, 18)),
        ("demain, 4h du soir", on(24, 11, 16)),
        ("demain midi", on(24, 11, 12)),
        ("ce midi", on(23, 11, 12)),
        ("midi", on(23, 11, 12)),
    ],
)
def test_a_part_of_the_day_settles_which_hour_is_meant(text, wall):
    assert read(text) == wall


@pytest.mark.parametrize(
    "text",
    ["ce soir", "su", "su fɛ", "cet après-midi", "ce matin", "sɔgɔma", "sini sɔgɔma", "samedi soir", "5/12 wula fɛ"],
)
def test_a_part_of_the_day_needs_an_hour_even_where_days_have_one(text):
    assert read(text) == Unclear("no_hour")
    assert read(text, default_hour=time(18)) == Unclear("no_hour")


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("18h", time(18)),
        ("18H", time(18)),
        ("18 h", time(18)),
        ("18 h 30", time(18, 30)),
        ("18h30", time(18, 30)),
        ("18\u00a0h\u202f30", time(18, 30)),  # no-break spaces, as phones put them
        ("18h30mn", time(18, 30)),
        ("18 heures 30 minutes", time(18, 30)),
        ("18:30", time(18, 30)),
        ("18 : 30", time(18, 30)),
        ("à 9 heures", time(9)),
        ("9heures", time(9)),
        ("1 heure", time(1)),
        ("9h du matin", time(9)),
        ("8h du soir", time(20)),
        ("midi", time(12)),
        ("minuit", time(0)),
        ("0h", time(0)),
        ("00:00", time(0)),
        ("lɛrɛ 15", time(15)),
        ("lere 15:30", time(15, 30)),
        ("lɛrɛ 15h30", time(15, 30)),
        ("nɛgɛ kanɲɛ 8", time(8)),
        ("nɛgɛkanɲɛ 8 waati", time(8)),
        ("nege kangne 8", time(8)),
        ("nɛgɛ kanɲɛ 8 ni sanga 40", time(8, 40)),
        ("18", time(18)),
        ("à 18", time(18)),
    ],
)
def test_an_hour_is_read_in_every_form(text, hour):
    assert read_hour(text) == hour


@pytest.mark.parametrize(
    "text",
    [
        "", "le", "demain 18h", "ce soir 20h", "samedi", "soir", "25:00", "18h75", "24h", "60", "vers 18h", "18h 19h",
        "14h-16h", "18h5", "18:5", "118h", "18:30:00", "lɛrɛ", "18h du matin", "midi 18h", "le 5 à 18h", "1830", "18.30",
    ],
)  # fmt: skip
def test_what_is_not_one_hour_is_none(text):
    assert read_hour(text) is None


def test_a_day_without_an_hour_is_asked_about_unless_days_have_one():
    for text in ("5/12", "5 décembre", "samedi 5 desanburu"):
        assert read(text) == Unclear("no_hour")
        assert read(text, default_hour=time(18, 30)) == on(5, 12, 18, 30)
        assert read(f"{text} 9h", default_hour=time(18, 30)) == on(5, 12, 9)
    assert read("samedi", default_hour=time(15)) == on(28, 11, 15)
    assert read("aujourd'hui", default_hour=time(9)) == Unclear("past")


@pytest.mark.parametrize("text", ["le 5", "le 5 à 18h", "décembre", "desanburukalo", "18h30 décembre", "tile 5"])
def test_half_a_day_is_asked_about(text):
    assert read(text) == Unclear("no_day")


def test_a_weekday_is_today_while_its_hour_is_still_to_come():
    assert read("lundi 10h01") == on(23, 11, 10, 1)
    assert read("lundi 10h") == on(30, 11, 10)
    assert read("ntɛnɛn lɛrɛ 9") == on(30, 11, 9)


@pytest.mark.parametrize(
    ("text", "wall"),
    [
        ("lundi prochain 18h", on(30, 11, 18)),  # today: a week later
        ("lundi prochain 8h", on(30, 11, 8)),
        ("mardi prochain 18h", on(1, 12, 18)),  # tomorrow: a week later
        ("mercredi prochain 18h", on(25, 11, 18)),
        ("samedi prochain 18h", on(28, 11, 18)),
        ("sibiri nata lɛrɛ 18", on(28, 11, 18)),
        ("sibiridon nata lɛrɛ 18", on(28, 11, 18)),
        ("dimanche prochain à 18h", on(29, 11, 18)),
    ],
)
def test_the_next_weekday_is_two_days_away_or_more(text, wall):
    assert read(text) == wall


def test_an_hour_alone_is_todays():
    assert read("18h") == on(23, 11, 18)
    assert read("10:00") == Unclear("past")
    assert read("10:00", zone=BAMAKO) == on(23, 11, 10)


def test_midnight_ends_the_day_and_nought_hours_begin_it():
    assert read("samedi minuit") == on(29, 11, 0)
    assert read("samedi 0h") == read("samedi 00:00") == on(28, 11, 0)
    assert read("ce soir à minuit") == read("minuit") == on(24, 11, 0)
    assert read("lundi minuit") == on(24, 11, 0)


def test_a_date_without_a_year_is_the_next_one():
    assert read("23/11 18h") == on(23, 11, 18)
    assert read("22/11 18h") == on(22, 11, 18, year=2027)
    assert read("1er janvier 8h") == on(1, 1, 8, year=2027)


@pytest.mark.parametrize(
    "text", ["5/12/2025 18h", "22/11/2026", "22 novembre 2026 18h", "23/11 9h", "aujourd'hui 10h", "ce matin 9h", "5.12.25 18h"]
)
def test_what_is_over_is_told(text):
    assert read(text) == Unclear("past")


def test_the_calendar_ends_after_four_hundred_days():
    last = NOW.date() + timedelta(days=400)

    assert read(f"{last:%d/%m/%Y} 18h") == Wall(last, time(18))
    assert read(f"{last + timedelta(days=1):%d/%m/%Y} 18h") == Unclear("too_far")
    assert read(f"{last:%d/%m/%Y} minuit") == Unclear("too_far")
    assert read("29/2 18h") == read("5/12/2062") == read("31/12/9999 minuit") == Unclear("too_far")


@pytest.mark.parametrize(
    "text",
    ["31/06", "31/06 18h", "30/2", "29/02/2027 18h", "0/12", "5/13", "5/12/0000", "31 juin 18h", "samedi 6 décembre 18h",
     "demain lundi 18h"],
)  # fmt: skip
def test_d11_days_that_do_not_exist_are_told(text):
    assert read(text) == Unclear("no_such_day")


@pytest.mark.parametrize(
    "text", ["25:00", "demain 25:00", "24h", "18h75", "5/12 18:60", "18h du matin", "ce soir 12h", "su lɛrɛ 2", "lɛrɛ 30"]
)
def test_d11_hours_that_do_not_exist_are_told(text):
    assert read(text) == Unclear("no_such_hour")


@pytest.mark.parametrize(
    "text",
    [
        "", "   ", "le", "à la", "vers 18h", "5/12 vers 18h", "samedi ou dimanche 18h", "pas samedi 18h", "samedi 18h ?",
        "5/12 14h-16h", "de 14h à 16h", "5/12 6/12 18h", "demain 5/12 18h", "5/12/18h", "5/12 18", "samedi 18", "18", "5",
        "mar 18h", "cette nuit 2h", "5/12 18h30h", "5-12 18h", "-5/12 18h", "5/12/2026/7 18h", "1/5/12/2026 18h", "5½ 18h",
        "٥/١٢ 18h", "18 h 30 mardi soirée", "la semaine prochaine 18h", "dans 2 heures", "5/12 18h rendez-vous", "5 18h",
        "demain 6pm", "2026-12-05 18:00", "5/12 18h 5", "x5/12 18h", "5/12 18h👍", "tomorrow 18h", "lɛrɛ", "prochain 18h",
    ],
)  # fmt: skip
def test_what_the_grammar_does_not_know_is_asked_about(text):
    assert read(text) == Unclear("unknown")


def test_the_minutes_are_not_taken_from_the_day():
    assert read("18h 15 décembre") == on(15, 12, 18)
    assert read("18 h 15/12") == on(15, 12, 18)
    assert read("18 h 30 5/12") == on(5, 12, 18, 30)


@pytest.mark.parametrize("text", ["5/12à18h", "5/12 18H30", "samedi18h", "  demain   18h  ", "demain18h30", "5dec 18h30."])
def test_haste_is_understood(text):
    assert isinstance(read(text), Wall)


@pytest.mark.parametrize(
    ("zone", "now", "text", "gap"),
    [
        (PARIS, NOW, "28/03/2027 2h30", GAP_IN_PARIS),
        (PARIS, NOW, "28 mars 2h", Wall(GAP_IN_PARIS.day, time(2))),
        (PARIS, at("2027-03-27T12:00Z"), "demain 02:30", GAP_IN_PARIS),
        (PARIS, at("2027-03-25T12:00Z"), "kari lɛrɛ 2:30", GAP_IN_PARIS),
        (PARIS, at("2027-03-28T00:30Z"), "dimanche 2h30", GAP_IN_PARIS),  # 01:30 on that very night
        (PARIS, at("2027-03-28T00:30Z"), "2h30", GAP_IN_PARIS),
        (NEW_YORK, NOW, "14/03/2027 2h30", Wall(date(2027, 3, 14), time(2, 30))),
        (NEW_YORK, at("2027-03-13T12:00Z"), "demain 2h30", Wall(date(2027, 3, 14), time(2, 30))),
    ],
)
def test_d11_an_hour_that_spring_leaves_out_is_told_not_moved(zone, now, text, gap):
    assert read(text, now=now, zone=zone) == Unclear("gap")
    assert is_gap(gap, zone)
    with pytest.raises(ValueError, match="does not exist"):
        instant(gap, zone)


def test_bamako_leaves_no_hour_out():
    assert read("28/03/2027 2h30", zone=BAMAKO) == GAP_IN_PARIS


def test_the_gap_ends_where_the_clocks_say():
    assert read("28/03/2027 1h59") == on(28, 3, 1, 59, year=2027)
    assert read("28/03/2027 3h") == on(28, 3, 3, year=2027)
    assert instant(on(28, 3, 1, 59, year=2027), PARIS) == at("2027-03-28T00:59Z")
    assert instant(on(28, 3, 3, year=2027), PARIS) == at("2027-03-28T01:00Z")


def test_after_the_gap_its_hour_is_over():
    now = at("2027-03-28T01:10Z")  # 03:10

    assert read("2h30", now=now) == Unclear("past")
    assert read("dimanche 2h30", now=now) == on(4, 4, 2, 30, year=2027)


@pytest.mark.parametrize(
    ("zone", "wall", "moment"),
    [
        (PARIS, on(25, 10, 2, 30), "2026-10-25T00:30Z"),
        (PARIS, on(25, 10, 3), "2026-10-25T02:00Z"),
        (PARIS, on(31, 10, 2, 30, year=2027), "2027-10-31T00:30Z"),
        (NEW_YORK, on(1, 11, 1, 30), "2026-11-01T05:30Z"),
        (NEW_YORK, on(7, 11, 1, 30, year=2027), "2027-11-07T05:30Z"),
        (BAMAKO, on(25, 10, 2, 30), "2026-10-25T02:30Z"),
        (BAMAKO, on(28, 3, 2, 30, year=2027), "2027-03-28T02:30Z"),
        (PARIS, on(5, 12, 18), "2026-12-05T17:00Z"),
        (PARIS, on(5, 7, 18), "2026-07-05T16:00Z"),
    ],
)
def test_d1_d2_a_moment_is_the_first_that_the_clock_shows(zone, wall, moment):
    assert instant(wall, zone) == at(moment)
    assert not is_gap(wall, zone)


def test_in_the_doubled_hour_the_first_one_counts():
    first, second = at("2026-10-25T00:10Z"), at("2026-10-25T01:10Z")  # both are 02:10

    assert read("2h30", now=first) == on(25, 10, 2, 30)
    assert read("2h30", now=second) == Unclear("past")
    assert read("dimanche 2h30", now=second) == on(1, 11, 2, 30)


def test_the_days_are_those_of_the_writers_clock():
    late = at("2026-11-23T23:30Z")  # the 24th in Paris, still the 23rd in Bamako and New York

    assert days_from(late, PARIS, 3) == [date(2026, 11, 24), date(2026, 11, 25), date(2026, 11, 26)]
    assert days_from(late, BAMAKO, 2) == [date(2026, 11, 23), date(2026, 11, 24)]
    assert read("demain 8h", now=late, zone=PARIS) == on(25, 11, 8)
    assert read("demain 8h", now=late, zone=NEW_YORK) == on(24, 11, 8)


DAYS = [
    "", "5/12", "31/06", "29/2", "28/03/2027", "29 février", "desanburukalo tile 5", "samedi", "kari", "sibiri nata", "bi",
    "samedi prochain", "demain", "sinikɛnɛ", "samedi 5 décembre", "le 5", "vers lundi", "26/3/28", "31/10/2027", "31/12/9999",
]  # fmt: skip
HOURS = ["", "2h30", "02:30", "18 h 30", "25:00", "lɛrɛ 15", "su lɛrɛ 8", "ce soir 8h", "minuit", "midi", "9h du matin", "1h30"]
CRUMBS = ["5", "18", "2", "h", ":", "/", ".", ",", "-", "30", "2027", "le", "à", "ce", "soir", "su", "san", "tile", "mars"]
TYPED = st.one_of(
    st.text(max_size=40),
    st.tuples(st.sampled_from(DAYS), st.sampled_from(HOURS)).map(" ".join),
    st.lists(st.sampled_from(DAYS + HOURS + CRUMBS), max_size=6).map(" ".join),
    st.lists(st.sampled_from(DAYS + HOURS + CRUMBS), max_size=5).map("".join),
)
ZONES = st.sampled_from([PARIS, BAMAKO, NEW_YORK])
# Any minute of three years, and the hours around both changes.
NOWS = st.integers(0, 3 * 365 * 24 * 60).map(lambda minutes: at("2026-01-01T00:00Z") + timedelta(minutes=minutes)) | st.builds(
    lambda change, minutes: at(change) + timedelta(minutes=minutes),
    st.sampled_from(["2026-10-25T00:00Z", "2026-11-01T05:00Z", "2027-03-14T06:00Z", "2027-03-28T00:00Z", "2027-10-31T00:00Z"]),
    st.integers(-180, 180),
)


@settings(max_examples=600, deadline=None)
@given(TYPED, NOWS, ZONES, st.none() | st.just(time(2, 30)))
@example("31/12/9999 minuit", NOW, PARIS, None)
@example("28/03/2027 2h30", NOW, PARIS, None)
@example("minuit", NOW, PARIS, None)
@example("\ud800 18h\x00", NOW, PARIS, None)
def test_whatever_is_typed_is_a_coming_moment_or_a_reason(text, now, zone, default_hour):
    wall = dates.read(text, now=now, zone=zone, default_hour=default_hour)
    read_hour(text)

    if isinstance(wall, Unclear):
        assert wall.why in dates.REASONS
        return
    assert not is_gap(wall, zone)
    assert instant(wall, zone) > now
    assert dates.read(f"{wall.day:%d/%m/%Y} {wall.hour:%H:%M}", now=now, zone=zone) == wall


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 399), st.times(), NOWS, ZONES)
def test_what_is_written_in_figures_is_read_back(ahead, hour, now, zone):
    wall = Wall(now.astimezone(zone).date() + timedelta(days=ahead), hour.replace(second=0, microsecond=0))

    answer = dates.read(f"{wall.day:%d/%m/%Y} {wall.hour:%H:%M}", now=now, zone=zone)

    if is_gap(wall, zone):
        assert answer in (Unclear("gap"), Unclear("past"))
    else:
        assert answer == (wall if instant(wall, zone) > now else Unclear("past"))

// The page of the simulator: several phones side by side, each showing what Telegram would show.
// No framework; data never becomes HTML: only nodes and text.
"use strict";

// ---------------------------------------------------------------- small tools
const SVG = "http://www.w3.org/2000/svg";
const PARIS = "Europe/Paris";
const BAMAKO = "Africa/Bamako";
const LANGUAGES = { fr: "français", bm: "bamanankan", en: "English" };
const ICONS = {
  menu: "M12 5.5v.01M12 12v.01M12 18.5v.01",
  send: "M4 12 20 4.5 15.5 20l-4-6.5z M11.5 13.5 20 4.5",
  mic: "M12 3.5a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0v-5a3 3 0 0 1 3-3z M6 11.5a6 6 0 0 0 12 0 M12 17.5v3.5",
  attach: "M19.5 11.5 12 19a4.6 4.6 0 0 1-6.5-6.5l8-8a3.1 3.1 0 0 1 4.4 4.4l-8 8a1.5 1.5 0 0 1-2.2-2.2l7.3-7.3",
  slash: "M5 4.5h14a1.5 1.5 0 0 1 1.5 1.5v12a1.5 1.5 0 0 1-1.5 1.5H5A1.5 1.5 0 0 1 3.5 18V6A1.5 1.5 0 0 1 5 4.5z M13.5 8l-3 8",
  keyboard: "M4 6.5h16a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1v-9a1 1 0 0 1 1-1z M7 10.5v.01M12 10.5v.01M17 10.5v.01M8.5 14.2h7",
  close: "M6 6l12 12M18 6 6 18",
  down: "M6 9.5l6 6 6-6",
  reply: "M9.5 6 4 11.5 9.5 17 M4 11.5h9a6.5 6.5 0 0 1 6.5 6.5",
  edit: "M4.5 19.5l1-4.2L16 4.8a1.8 1.8 0 0 1 2.6 0l.6.6a1.8 1.8 0 0 1 0 2.6L8.7 18.5z",
  copy: "M9 8.5h9.5V20H9z M6 15.5H5V4h9.5v1.5",
  photo: "M4 5.5h16v13H4z M4 16l4.5-4.5 3.5 3.5 3-3 5 5 M15.5 9v.01",
  video: "M3.5 6.5h11v11h-11z M14.5 10.5 20.5 7v10l-6-3.5z",
  document: "M6 3.5h8l4.5 4.5v12.5H6z M14 3.5V8h4.5",
  place: "M12 21s-6.5-6-6.5-11a6.5 6.5 0 0 1 13 0c0 5-6.5 11-6.5 11z M12 10v.01",
  person: "M12 4.5a3.7 3.7 0 1 1 0 7.4 3.7 3.7 0 0 1 0-7.4z M4.5 20a7.5 7.5 0 0 1 15 0",
  group: "M9 5a3.2 3.2 0 1 1 0 6.4A3.2 3.2 0 0 1 9 5z M2.5 19a6.5 6.5 0 0 1 13 0 M16 5.3a3.2 3.2 0 0 1 0 6 M18 13.6a6.5 6.5 0 0 1 3.5 5.4",
  bot: "M5 9h14v10H5z M12 9V5.5 M12 4.5v.01M9 13.5v.01M15 13.5v.01",
  block: "M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17z M6 6l12 12",
  clock: "M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17z M12 7.5V12l3 2",
  pin: "M9 4.5h6l-.7 6 3.2 3.5h-11l3.2-3.5z M12 14v6",
  link: "M8 16 16.5 7.5 M9.5 7.5h7v7",
  check: "M5 12.5l4.5 4.5L19 7.5",
  music: "M9 17.5V5.5l10-2v12 M6.5 15a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5z M16.5 13a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5z",
};

/** Build an element: properties, then children (nodes, strings, nothing). */
function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else if (name === "dataset") Object.assign(element.dataset, value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.classList.add("icon");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

function iconButton(name, label, className, onclick) {
  return el("button", { type: "button", class: `icon-button ${className}`, "aria-label": label, title: label, onclick }, icon(name));
}

const $ = (selector, root = document) => root.querySelector(selector);
const wait = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
const formatters = new Map();

function dated(milliseconds, zone, options) {
  const key = zone + JSON.stringify(options);
  if (!formatters.has(key)) formatters.set(key, new Intl.DateTimeFormat("fr-FR", { timeZone: zone, ...options }));
  return formatters.get(key).format(milliseconds);
}

const HOUR = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
const DAY = { weekday: "long", day: "numeric", month: "long" };
const FULL = { weekday: "long", day: "numeric", month: "long", year: "numeric", ...HOUR };

/** The instant at which the clocks of `zone` show this date and hour. */
function instantIn(zone, year, month, day, hour) {
  const wanted = Date.UTC(year, month - 1, day, hour);
  let instant = wanted;
  for (let turn = 0; turn < 2; turn += 1) instant += wanted - shownIn(zone, instant);
  return instant;
}

function shownIn(zone, instant) {
  const parts = Object.fromEntries(
    new Intl.DateTimeFormat("en-GB", {
      timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit",
      hourCycle: "h23",
    }).formatToParts(instant).map(({ type, value }) => [type, Number(value)]),
  );
  return Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute, parts.second);
}

function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds || 0));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

function size(bytes) {
  if (!bytes) return "";
  if (bytes < 1024) return `${bytes} o`;
  if (bytes < 1024 * 1024) return `${Math.round(bytes / 1024)} ko`;
  return `${(bytes / 1024 / 1024).toFixed(1).replace(".", ",")} Mo`;
}

function remembered(name, fallback) {
  try {
    return JSON.parse(localStorage.getItem(`simulator.${name}`)) ?? fallback;
  } catch {
    return fallback;
  }
}

function remember(name, value) {
  try {
    localStorage.setItem(`simulator.${name}`, JSON.stringify(value));
  } catch {
    // A private window keeps nothing: the page works all the same.
  }
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = el("textarea", { class: "offscreen" });
    area.value = text;
    document.body.append(area);
    area.select();
    const copied = document.execCommand("copy");
    area.remove();
    return copied;
  }
}

/** An address that may safely be opened, or "". */
function safeUrl(url) {
  const given = String(url).trim();
  const full = /^[a-z][a-z0-9+.-]*:/i.test(given) && !/^[^/]*:\d/.test(given) ? given : `https://${given}`;
  try {
    return ["http:", "https:", "mailto:", "tel:", "tg:"].includes(new URL(full).protocol) ? full : "";
  } catch {
    return "";
  }
}

// ---------------------------------------------------------------- the server
class Refused extends Error {
  constructor(status, text) {
    super(text || `erreur ${status}`);
    this.status = status;
  }
}

async function call(path, body) {
  const options = body === undefined ? {} : { method: "POST" };
  if (body instanceof FormData) options.body = body;
  else if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers = { "Content-Type": "application/json" };
  }
  const answer = await fetch(path, options);
  if (!answer.ok) throw new Refused(answer.status, answer.status < 500 ? await answer.text() : "");
  return answer.json();
}

const fileUrl = (fileId) => `/sim/files/${encodeURIComponent(fileId)}`;

// ---------------------------------------------------------------- text with entities
const BARE = /(https?:\/\/[^\s<>"]+|\b(?:t\.me|telegram\.me)\/[^\s<>"]+)|(?<![\w/])(\/[a-zA-Z][a-zA-Z0-9_]{0,31}(?:@\w+)?)(?![\w/])|([\w.+-]+@[\w-]+\.[\w.-]*\w)|(?<!\w)(@[a-zA-Z]\w{3,31})/gu;
const LITERAL = new Set(["code", "pre", "text_link", "url", "bot_command", "email", "mention", "text_mention", "phone_number", "date_time", "hashtag", "cashtag"]);

const BLOCKS = new Set(["pre", "blockquote", "expandable_blockquote"]);

/** Add the links and commands that Telegram finds by itself in a text. */
function withFoundEntities(text, given) {
  const entities = given.filter((entity) => entity.length > 0);
  const taken = entities.filter((entity) => LITERAL.has(entity.type));
  for (const match of text.matchAll(BARE)) {
    const found = match[0].replace(/[.,;:!?)»\]]+$/u, "");
    const [offset, length] = [match.index, found.length];
    if (taken.some((entity) => entity.offset < offset + length && offset < entity.offset + entity.length)) continue;
    entities.push({ type: match[1] ? "url" : match[2] ? "bot_command" : match[3] ? "email" : "mention", offset, length });
  }
  return entities;
}

/** Text and entities as nodes; offsets are UTF-16 units, as in JavaScript's strings. */
function rich(text, given, phone) {
  const order = (a, b) => a.offset - b.offset || b.length - a.length;
  const entities = withFoundEntities(text, given || []).sort(order);
  const build = (start, end, inside) => {
    const nodes = [];
    const queue = [...inside];
    let position = start;
    while (queue.length) {
      const entity = queue.shift();
      const [from, to] = [Math.max(entity.offset, position), Math.min(entity.offset + entity.length, end)];
      if (to <= from) continue;
      if (from > position) nodes.push(text.slice(position, from));
      const nested = [];
      while (queue.length && queue[0].offset < to) {
        const child = queue.shift();
        nested.push(child);
        const over = child.offset + child.length - to;
        if (over > 0) queue.push({ ...child, offset: to, length: over });
      }
      queue.sort(order);
      nodes.push(decorated(entity, build(from, to, nested), text.slice(from, to), phone));
      position = to;
      if (BLOCKS.has(entity.type) && text[to] === "\n" && to < end) {
        nodes.push(el("span", { class: "line-end" }, "\n")); // a block ends its own line
        position += 1;
      }
    }
    if (position < end) nodes.push(text.slice(position, end));
    return nodes;
  };
  return build(0, text.length, entities);
}

function decorated(entity, children, text, phone) {
  switch (entity.type) {
    case "bold": return el("strong", {}, children);
    case "italic": return el("em", {}, children);
    case "underline": return el("u", {}, children);
    case "strikethrough": return el("s", {}, children);
    case "code": return el("code", { title: "Copier", onclick: () => phone.copied(text) }, children);
    case "pre": return el("pre", {}, el("code", {}, children));
    case "blockquote": return el("blockquote", {}, children);
    case "expandable_blockquote": {
      const quote = el("blockquote", { class: "expandable" }, children);
      quote.addEventListener("click", () => quote.classList.toggle("open"));
      return quote;
    }
    case "spoiler": {
      const hidden = el("span", { class: "spoiler", role: "button", tabindex: 0, "aria-label": "Texte caché" }, children);
      const reveal = (event) => {
        if (hidden.classList.contains("revealed") || (event.key && event.key !== "Enter" && event.key !== " ")) return;
        event.preventDefault();
        event.stopPropagation();
        hidden.classList.add("revealed");
        for (const name of ["role", "tabindex", "aria-label"]) hidden.removeAttribute(name);
      };
      hidden.addEventListener("click", reveal, { capture: true });
      hidden.addEventListener("keydown", reveal);
      return hidden;
    }
    case "text_link": return link(entity.url, children, phone);
    case "url": return link(text, children, phone);
    case "email": return link(`mailto:${text}`, children, phone);
    case "phone_number": return link(`tel:${text.replace(/[^+\d]/g, "")}`, children, phone);
    case "bot_command": {
      const command = el("span", { class: "command", role: "button", tabindex: 0 }, children);
      command.addEventListener("click", () => phone.send({ text }));
      command.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        phone.send({ text });
      });
      return command;
    }
    case "mention": case "text_mention": case "hashtag": case "cashtag":
      return el("span", { class: "mention" }, children);
    case "date_time": {
      const local = dated(entity.unix_time * 1000, phone.zone, FULL);
      return el("time", {
        class: "date-time", title: local, tabindex: 0, datetime: new Date(entity.unix_time * 1000).toISOString(),
        onclick: () => phone.toast(local),
      }, children);
    }
    default: return el("span", {}, children);
  }
}

function link(url, children, phone) {
  const safe = safeUrl(url);
  if (!safe) return el("span", { class: "mention" }, children);
  const anchor = el("a", { href: safe, target: "_blank", rel: "noopener noreferrer", title: safe }, children);
  anchor.addEventListener("click", (event) => phone.opens(safe, event));
  return anchor;
}

// ---------------------------------------------------------------- what a message holds
const MEDIA = ["photo", "video", "animation", "video_note", "voice", "audio", "document", "sticker", "location", "venue", "contact", "poll", "dice"];

function mediaOf(message, phone) {
  if (message.photo) {
    const file = message.photo.at(-1);
    const { width, height } = file;
    const image = el("img", { src: fileUrl(file.file_id), alt: message.caption || "Photo", loading: "lazy", width, height });
    const button = el("button", { type: "button", class: "photo", "aria-label": "Agrandir la photo", onclick: () => enlarge(image) }, image);
    image.addEventListener("error", () => button.replaceChildren(icon("photo"), "Photo"));
    return button;
  }
  const moving = message.video || message.animation || message.video_note;
  if (moving) return el("video", { class: "video", controls: true, preload: "metadata", src: fileUrl(moving.file_id) });
  const heard = message.voice || message.audio;
  if (heard) {
    const name = message.voice ? "Message vocal" : heard.title || heard.file_name || "Audio";
    return el("div", { class: "sound" },
      el("audio", { controls: true, controlslist: "nodownload noplaybackrate", preload: "metadata", src: fileUrl(heard.file_id), "aria-label": name }),
      el("span", { class: "sound-name" }, icon(message.voice ? "mic" : "music"), heard.duration ? `${name} · ${duration(heard.duration)}` : name));
  }
  if (message.document) {
    const file = message.document;
    const name = file.file_name || "document";
    return card("document", name, size(file.file_size), { href: fileUrl(file.file_id), download: name });
  }
  if (message.venue || message.location) {
    const { latitude, longitude } = message.venue ? message.venue.location : message.location;
    const where = `${Number(latitude).toFixed(5)}, ${Number(longitude).toFixed(5)}`;
    const href = `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=15/${latitude}/${longitude}`;
    const attributes = { href, target: "_blank", rel: "noopener noreferrer" };
    return message.venue
      ? card("place", message.venue.title, `${message.venue.address}\n${where}`, attributes)
      : card("place", "Position", where, attributes);
  }
  if (message.contact) {
    const { first_name: first, last_name: last, phone_number: number } = message.contact;
    return card("person", [first, last].filter(Boolean).join(" "), number);
  }
  if (message.poll) return pollOf(message.poll);
  if (message.sticker) return el("div", { class: "sticker" }, message.sticker.emoji || "🖼️");
  if (message.dice) return el("div", { class: "sticker" }, `${message.dice.emoji || "🎲"} ${message.dice.value ?? ""}`);
  return null;
}

function card(name, title, detail, attributes) {
  return el(attributes ? "a" : "div", { class: `card ${name}`, ...attributes },
    el("span", { class: "card-icon" }, icon(name)),
    el("span", { class: "card-words" }, el("strong", {}, title), el("span", { class: "card-detail" }, detail)));
}

function pollOf(poll) {
  return el("div", { class: "poll" },
    el("strong", {}, poll.question),
    el("ul", {}, poll.options.map((option) => el("li", {}, option.text, option.voter_count ? ` · ${option.voter_count}` : ""))),
    el("small", {}, poll.is_closed ? "Sondage clos" : "Sondage"));
}

function enlarge(image) {
  const box = $(".lightbox");
  const shown = $("img", box);
  shown.src = image.src;
  shown.alt = image.alt;
  box.showModal();
}

/** A message in a few words, for quotes and the pinned bar. */
function summary(message) {
  const words = message.text || message.caption;
  if (words) return words;
  if (message.photo) return "Photo";
  if (message.video) return "Vidéo";
  if (message.voice) return `Message vocal ${duration(message.voice.duration)}`;
  if (message.audio) return "Audio";
  if (message.document) return message.document.file_name || "Document";
  if (message.venue) return message.venue.title;
  if (message.location) return "Position";
  if (message.contact) return "Contact";
  if (message.poll) return message.poll.question;
  if (message.sticker) return message.sticker.emoji || "Autocollant";
  if (message.forum_topic_created) return message.forum_topic_created.name;
  return serviceWords(message) || "Message";
}

/** Who a message comes from: a chat that speaks for somebody, or the person. */
function author(message) {
  const { sender_chat: chat, from } = message;
  return chat ? { id: chat.id, name: chat.title } : { id: from?.id, name: from?.first_name || "" };
}

function serviceWords(message) {
  const names = (people) => people.map((person) => person.first_name || person.user_id).join(", ");
  const { new_chat_members: added, left_chat_member: gone, users_shared: shared, from } = message;
  if (added) return added[0]?.id === from?.id ? `${names(added)} rejoint le groupe` : `${from?.first_name} ajoute ${names(added)}`;
  if (gone) return gone.id === from?.id ? `${gone.first_name} quitte le groupe` : `${from?.first_name} retire ${gone.first_name}`;
  if (shared) return `${from?.first_name} partage : ${names(shared.users)}`;
  if (message.pinned_message) return "Message épinglé";
  if (message.new_chat_title) return `Nouveau nom : ${message.new_chat_title}`;
  if (message.group_chat_created || message.supergroup_chat_created) return "Groupe créé";
  if (message.migrate_to_chat_id || message.migrate_from_chat_id) return "Le groupe devient un grand groupe";
  if (message.forum_topic_created) return `Nouveau sujet : ${message.forum_topic_created.name}`;
  if (message.forum_topic_edited) return `Sujet renommé : ${message.forum_topic_edited.name}`;
  if (message.forum_topic_closed) return "Sujet fermé";
  if (message.forum_topic_reopened) return "Sujet rouvert";
  return "";
}

/** One message on the screen. Each part is rebuilt only when what it shows changes. */
class Bubble {
  constructor(phone) {
    this.phone = phone;
    this.keys = {};
    this.sender = el("div", { class: "sender" });
    this.origin = el("div", { class: "origin" });
    this.quote = el("div", { class: "quote-slot" });
    this.media = el("div", { class: "media" });
    this.text = el("div", { class: "text", dir: "auto" });
    this.meta = el("div", { class: "meta" });
    this.body = el("div", { class: "bubble" }, this.sender, this.origin, this.quote, this.media, this.text, this.meta);
    this.tools = el("div", { class: "tools" });
    this.keyboard = el("div", { class: "inline-keyboard" });
    this.node = el("article", { class: "message" }, el("div", { class: "line" }, this.body, this.tools), this.keyboard);
    longPress(this.body, () => phone.messageMenu(this.message));
  }

  slot(name, value, build) {
    const key = JSON.stringify(value ?? null);
    if (this.keys[name] === key) return false;
    const first = !(name in this.keys);
    this.keys[name] = key;
    const built = value === undefined || value === null ? [] : [build(value)].flat().filter((node) => node !== null);
    this[name].replaceChildren(...built);
    this[name].hidden = built.length === 0;
    return !first;
  }

  update(message, { grouped, showSender, silent }) {
    const { phone, node } = this;
    const mine = message.from?.id === phone.person.id;
    const words = message.text ?? message.caption;
    const service = words === undefined && !MEDIA.some((name) => message[name]) ? serviceWords(message) || "Message non affiché ici" : "";
    this.message = message;
    node.dataset.message = message.message_id;
    node.classList.toggle("mine", mine && !service);
    node.classList.toggle("service", Boolean(service));
    node.classList.toggle("grouped", grouped);
    node.classList.toggle("album", Boolean(message.media_group_id));
    node.classList.toggle("bare", Boolean(message.sticker || message.dice));
    node.classList.toggle("wide", Boolean(message.reply_markup?.inline_keyboard?.length || message.voice || message.audio || message.poll));
    node.classList.toggle("pictured", Boolean(message.photo || message.video));
    this.slot("sender", showSender && !mine && !service ? author(message) : null, ({ id, name }) => {
      this.sender.style.setProperty("--hue", hue(id));
      return name;
    });
    const origin = message.forward_origin;
    this.slot("origin", origin, () => `Transféré de ${origin.sender_user?.first_name || origin.sender_user_name || origin.chat?.title || "…"}`);
    const opening = message.reply_to_message?.forum_topic_created;
    this.slot("quote", service && opening ? null : message.reply_to_message, (quoted) =>
      el("button", { type: "button", class: "quote", onclick: () => phone.jump(quoted.message_id) },
        el("strong", {}, author(quoted).name), el("span", {}, summary(quoted))));
    this.slot("media", pick(message, MEDIA), () => mediaOf(message, phone));
    const entities = message.text === undefined ? message.caption_entities : message.entities;
    const changed = this.slot("text", service || (words === undefined ? null : [words, entities, phone.zone]), () => (service ? service : rich(words, entities, phone)));
    this.slot("meta", service ? null : [message.date, message.edit_date, phone.zone, silent], () => [
      silent ? el("span", { class: "silent", title: "Arrivé sans bruit" }, "🔕 ") : null,
      message.edit_date ? el("span", { class: "edited" }, "modifié ") : null,
      el("time", { datetime: new Date(message.date * 1000).toISOString(), title: dated(message.date * 1000, phone.zone, FULL) },
        dated(message.date * 1000, phone.zone, HOUR)),
    ]);
    const canEdit = mine && message.text !== undefined;
    this.slot("tools", service ? null : [mine, canEdit, phone.canWrite()], () => [
      !mine && phone.canWrite() ? iconButton("reply", "Répondre", "tool reply", () => phone.replyTo(this.message)) : null,
      canEdit ? iconButton("edit", "Modifier", "tool edit", () => phone.startEdit(this.message)) : null,
    ].filter(Boolean));
    this.slot("keyboard", message.reply_markup?.inline_keyboard, (rows) =>
      rows.map((row) => el("div", { class: "row" }, row.map((button) => this.button(button)))));
    if (changed) {
      node.classList.remove("changed");
      void node.offsetWidth;
      node.classList.add("changed");
    }
  }

  button(button) {
    const { phone } = this;
    const style = button.style ? ` ${button.style}` : "";
    const url = button.url || button.login_url?.url || button.web_app?.url;
    if (url) {
      const safe = safeUrl(url);
      const anchor = el("a", { class: `inline${style}`, target: "_blank", rel: "noopener noreferrer", title: url, ...(safe ? { href: safe } : {}) },
        button.text, icon("link"));
      anchor.addEventListener("click", (event) => phone.opens(safe, event));
      return anchor;
    }
    if (button.copy_text) {
      return el("button", { type: "button", class: `inline${style}`, title: button.copy_text.text, onclick: () => phone.copied(button.copy_text.text) },
        button.text, icon("copy"));
    }
    if (button.callback_data === undefined) {
      return el("button", { type: "button", class: `inline${style}`, onclick: () => phone.toast("Ce bouton ne marche que dans Telegram") }, button.text);
    }
    const node = el("button", { type: "button", class: `inline${style}`, dataset: { data: button.callback_data } }, button.text);
    node.addEventListener("click", () => phone.press(this.message, button.callback_data, node));
    return node;
  }
}

function pick(message, names) {
  const picked = Object.fromEntries(names.filter((name) => message[name] !== undefined).map((name) => [name, message[name]]));
  return Object.keys(picked).length ? picked : null;
}

function hue(id) {
  return (Math.abs(Number(id)) * 47 + 20) % 360;
}

function longPress(node, action) {
  let timer = 0;
  const stop = () => clearTimeout(timer);
  node.addEventListener("pointerdown", (event) => {
    stop();
    if (event.pointerType === "mouse" || event.target.closest("audio, video")) return;
    timer = setTimeout(action, 500);
  });
  for (const name of ["pointerup", "pointercancel", "pointermove", "pointerleave"]) node.addEventListener(name, stop);
  node.addEventListener("contextmenu", (event) => {
    if (event.pointerType !== "mouse" && !event.target.closest("a, audio, video")) event.preventDefault();
  });
}

// ---------------------------------------------------------------- one phone
const PLACES = [["Paris", 48.85661, 2.35222], ["Montreuil", 48.86381, 2.44848], ["Bamako", 12.63923, -8.00289], ["Kayes", 14.44693, -11.44448]];

class Phone {
  constructor(desk, person) {
    this.desk = desk;
    this.chatId = remembered(`chat.${person.id}`, person.id);
    this.bubbles = new Map();
    this.days = new Map();
    this.unread = new Set();
    this.stick = true;
    this.keyboardShown = true;
    this.zone = remembered(`zone.${person.id}`, person.language_code === "bm" ? BAMAKO : PARIS);
    this.build(person);
    this.person = person;
  }

  // ---- parts
  build(person) {
    this.avatar = el("span", { class: "avatar", "aria-hidden": "true" });
    this.nameNode = el("strong", { class: "person" });
    this.language = el("span", { class: "language" });
    this.where = el("span", { class: "where" });
    this.menuButton = iconButton("menu", "Menu", "menu", () => this.menu());
    this.head = el("header", { class: "phone-head" }, this.avatar,
      el("span", { class: "who" }, el("span", { class: "who-line" }, this.nameNode, this.language), this.where), this.menuButton);
    this.pinned = el("button", { type: "button", class: "pinned", hidden: true, onclick: () => this.nextPinned() });
    this.empty = el("div", { class: "empty", hidden: true });
    this.list = el("div", { class: "messages", role: "log", "aria-live": "polite" });
    this.scroller = el("div", { class: "scroller", tabindex: 0, "aria-label": "Messages" }, this.empty, this.list);
    this.down = iconButton("down", "Aller en bas", "down", () => this.toBottom(true));
    this.down.hidden = true;
    this.startButton = el("button", { type: "button", class: "start", hidden: true, onclick: () => this.send({ text: "/start" }) }, "Démarrer");
    this.unblockButton = el("button", { type: "button", class: "unblock", hidden: true, onclick: () => this.block(false) }, "Débloquer");
    this.buildComposer();
    this.keyboard = el("div", { class: "reply-keyboard", hidden: true });
    this.toastNode = el("div", { class: "toast", role: "status", "aria-live": "polite" });
    this.over = el("div", { class: "over", hidden: true });
    this.over.addEventListener("click", (event) => event.target === this.over && this.closeOver());
    this.over.addEventListener("keydown", (event) => event.key === "Escape" && this.closeOver());
    this.node = el("section", { class: "phone", dataset: { person: person.id }, "aria-label": `Téléphone de ${person.first_name}` },
      this.head, this.pinned, el("div", { class: "chat" }, this.scroller, this.down, this.toastNode),
      this.startButton, this.unblockButton, this.composer, this.keyboard, this.over);
    this.scroller.addEventListener("scroll", () => {
      const below = this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight;
      this.stick = below < 48;
      this.down.hidden = below < 240;
    }, { passive: true });
    const keep = new ResizeObserver(() => this.stick && this.toBottom());
    keep.observe(this.list);
    keep.observe(this.scroller);
  }

  buildComposer() {
    this.input = el("textarea", { rows: 1, placeholder: "Message", "aria-label": "Message", enterkeyhint: "send", autocomplete: "off" });
    this.sendButton = iconButton("send", "Envoyer", "send", () => this.submit());
    this.mic = iconButton("mic", "Message vocal", "mic", () => this.record());
    this.attach = iconButton("attach", "Joindre", "attach", () => this.attachMenu());
    this.slash = iconButton("slash", "Commandes", "slash", () => this.commandMenu());
    this.keyboardButton = iconButton("keyboard", "Clavier du bot", "keyboard", () => {
      this.keyboardShown = !this.keyboardShown;
      this.renderKeyboard();
    });
    this.context = el("div", { class: "context", hidden: true });
    this.recording = el("div", { class: "recording", hidden: true });
    this.entry = el("div", { class: "entry" }, this.attach, this.input, this.keyboardButton, this.slash, this.mic, this.sendButton);
    this.composer = el("div", { class: "composer" }, this.context, this.entry, this.recording);
    this.input.addEventListener("input", () => this.sized());
    this.input.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        this.submit();
      } else if (event.key === "Escape" && !this.context.hidden) this.clearContext();
    });
    this.sized();
  }

  sized() {
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(Math.max(this.input.scrollHeight, 44), 132)}px`;
    const filled = this.input.value.trim() !== "";
    this.composer.classList.toggle("filled", filled || Boolean(this.editing));
  }

  // ---- who and where
  get isPrivate() {
    return this.chatId === this.person.id;
  }

  get group() {
    return this.desk.groups.find((group) => group.id === this.chatId);
  }

  groups() {
    return this.desk.groups.filter((group) => !group.migrated_to && group.members.includes(this.person.id));
  }

  canWrite() {
    return this.isPrivate || this.group?.type !== "channel";
  }

  setPerson(person) {
    this.person = person;
    if (this.group?.migrated_to) return this.show(this.group.migrated_to);
    if (!this.isPrivate && !this.groups().some((group) => group.id === this.chatId)) this.show(person.id);
    this.avatar.textContent = [...person.first_name][0]?.toUpperCase() || "?";
    this.node.style.setProperty("--hue", hue(person.id));
    this.nameNode.textContent = person.first_name;
    this.language.textContent = person.language_code;
    this.language.title = LANGUAGES[person.language_code] || person.language_code;
    this.list.lang = person.language_code;
    const group = this.group;
    const bot = this.desk.bot.first_name;
    const where = this.isPrivate
      ? person.has_blocked ? `${bot} · bloqué` : bot
      : `${group?.title || "Groupe"} · ${group?.bot_is_member === false ? `sans ${bot}` : `${group?.members.length ?? ""} personnes`}`;
    if (this.where.dataset.words !== where) {
      this.where.dataset.words = where;
      this.where.replaceChildren(icon(this.isPrivate ? "bot" : "group"), el("span", {}, where));
    }
    this.node.classList.toggle("blocked", person.has_blocked);
    this.renderState();
    return undefined;
  }

  show(chatId) {
    this.chatId = chatId;
    remember(`chat.${this.person.id}`, chatId);
    this.unread.delete(chatId);
    this.bubbles.clear();
    this.days.clear();
    this.list.replaceChildren();
    this.data = null;
    this.stick = true;
    this.clearContext();
    this.setPerson(this.person);
    this.marks();
    this.desk.load(chatId, { cached: true });
  }

  // ---- drawing
  render(data) {
    this.data = data;
    const wanted = [];
    const seen = new Set();
    const days = new Set();
    let before = null;
    for (const message of data.messages) {
      const day = dated(message.date * 1000, this.zone, DAY);
      const newDay = !before || day !== before.day;
      if (newDay && !days.has(day)) {
        days.add(day);
        if (!this.days.has(day)) this.days.set(day, el("div", { class: "day-mark" }, day));
        wanted.push(this.days.get(day));
      }
      const grouped = !newDay && before.from === author(message).id && message.date - before.date < 600;
      let bubble = this.bubbles.get(message.message_id);
      if (!bubble) this.bubbles.set(message.message_id, (bubble = new Bubble(this)));
      const silent = data.silent.includes(message.message_id);
      const key = JSON.stringify([message, grouped, this.zone, this.canWrite(), silent]);
      if (bubble.key !== key) {
        bubble.key = key;
        bubble.update(message, { grouped, showSender: !this.isPrivate && !grouped, silent });
      }
      seen.add(message.message_id);
      wanted.push(bubble.node);
      before = { day, from: serviceWords(message) ? null : author(message).id, date: message.date };
    }
    for (const id of this.bubbles.keys()) if (!seen.has(id)) this.bubbles.delete(id);
    for (const day of this.days.keys()) if (!days.has(day)) this.days.delete(day);
    place(this.list, wanted);
    const last = data.messages.at(-1)?.message_id ?? 0;
    if (this.lastSeen !== undefined && last > this.lastSeen && !this.desk.isVisible(this)) this.unread.add(this.chatId);
    this.lastSeen = last;
    this.marks();
    this.renderPinned();
    this.renderKeyboard();
    this.renderState();
    if (this.stick) this.toBottom();
  }

  renderState() {
    const loaded = this.data && this.data.chat.id === this.chatId;
    const nothing = Boolean(loaded) && this.data.messages.length === 0;
    const blocked = this.isPrivate && this.person.has_blocked;
    this.startButton.hidden = !this.isPrivate || blocked || !loaded || !(nothing || !this.person.has_started);
    this.unblockButton.hidden = !blocked;
    this.composer.hidden = blocked || !this.canWrite();
    this.empty.hidden = !nothing;
    if (loaded) this.slash.hidden = !this.data.commands.length;
    const description = this.isPrivate && nothing ? this.data.description : "";
    const key = JSON.stringify([this.isPrivate, description, this.desk.bot.first_name]);
    if (nothing && this.emptyKey !== key) {
      this.emptyKey = key;
      this.empty.replaceChildren(...(this.isPrivate
        ? [el("div", { class: "about" }, el("h2", {}, this.desk.bot.first_name), el("p", { dir: "auto" }, ...rich(description || "Rien encore ici.", [], this)))]
        : [el("div", { class: "about" }, el("p", {}, "Aucun message."))]));
    }
  }

  renderPinned() {
    const ids = this.data.pinned;
    const messages = ids.map((id) => this.data.messages.find((message) => message.message_id === id) || { message_id: id, text: "Message épinglé" });
    if (!ids.includes(this.pinnedShown)) this.pinnedShown = ids.at(-1);
    if (this.pinnedLast !== ids.at(-1)) this.pinnedShown = this.pinnedLast = ids.at(-1);
    const message = messages.find(({ message_id: id }) => id === this.pinnedShown);
    this.pinned.hidden = !message;
    if (!message) return;
    const key = JSON.stringify([summary(message), ids.indexOf(this.pinnedShown), ids.length]);
    if (this.pinnedKey === key) return;
    this.pinnedKey = key;
    const number = ids.length > 1 ? ` ${ids.indexOf(this.pinnedShown) + 1}/${ids.length}` : "";
    this.pinned.replaceChildren(icon("pin"), el("span", { class: "pinned-words" }, el("strong", {}, `Message épinglé${number}`), el("span", {}, summary(message))));
  }

  nextPinned() {
    const ids = this.data.pinned;
    this.jump(this.pinnedShown);
    this.pinnedShown = ids.at(ids.indexOf(this.pinnedShown) - 1);
    this.renderPinned();
  }

  renderKeyboard() {
    const markup = this.data?.reply_keyboard;
    const rows = markup?.keyboard?.length ? markup.keyboard : null;
    const key = JSON.stringify(markup ?? null);
    if (this.keyboardKey !== key) {
      this.keyboardKey = key;
      this.keyboardShown = true;
      this.keyboard.replaceChildren(...(rows || []).map((row) => el("div", { class: "row" }, row.map((button) =>
        el("button", { type: "button", class: `key ${button.style || ""}`.trim(), onclick: () => this.pressKey(button, markup) }, button.text)))));
      this.input.placeholder = markup?.input_field_placeholder || "Message";
    }
    this.keyboardButton.hidden = !rows;
    this.keyboardButton.setAttribute("aria-pressed", String(this.keyboardShown));
    this.keyboard.hidden = !rows || !this.keyboardShown || this.composer.hidden;
  }

  pressKey(button, markup) {
    if (button.request_location) this.placeMenu();
    else if (button.request_contact) this.sendContact();
    else if (button.request_users) this.peopleMenu(button.text, button.request_users);
    else if (button.request_chat) this.toast("Ce bouton ne marche que dans Telegram");
    else this.send({ text: button.text });
    if (markup.one_time_keyboard) {
      this.keyboardShown = false;
      this.renderKeyboard();
    }
  }

  marks() {
    if (this.desk.isVisible(this)) this.unread.delete(this.chatId);
    this.menuButton.classList.toggle("dotted", [...this.unread].some((id) => id !== this.chatId));
    this.desk.marks(this);
  }

  toBottom(smooth = false) {
    this.stick = true;
    this.down.hidden = true;
    this.scroller.scrollTo({ top: this.scroller.scrollHeight, behavior: smooth ? "smooth" : "instant" });
  }

  jump(messageId) {
    const bubble = this.bubbles.get(messageId);
    if (!bubble) return this.toast("Message trop ancien");
    bubble.node.scrollIntoView({ block: "center", behavior: "smooth" });
    bubble.node.classList.remove("changed");
    void bubble.node.offsetWidth;
    bubble.node.classList.add("changed");
    return undefined;
  }

  // ---- talking
  async attempt(action) {
    try {
      return await action();
    } catch (error) {
      this.toast(error instanceof Refused ? `Refusé : ${error.message}` : "Hors ligne : rien n'est parti");
      return null;
    }
  }

  inChat(body) {
    return this.isPrivate ? body : { ...body, chat_id: this.chatId };
  }

  async send(content) {
    this.stick = true;
    const quoted = this.replied;
    const body = quoted ? { ...content, reply_to_message: quoted } : content;
    const sent = await this.attempt(() => call(`/sim/phones/${this.person.id}/send`, this.inChat(body)));
    if (sent && quoted && this.replied === quoted) this.clearContext();
    return sent;
  }

  async submit() {
    const text = this.input.value.trim();
    if (!text) return;
    const edited = this.editing;
    this.input.value = "";
    if (edited) {
      this.clearContext();
      const body = this.inChat({ message_id: edited.message_id, text });
      if (text !== edited.text) await this.attempt(() => call(`/sim/phones/${this.person.id}/edit`, body));
      return;
    }
    this.sized();
    if (!(await this.send({ text })) && !this.input.value) {
      this.input.value = text;
      this.sized();
    }
  }

  startEdit(message) {
    this.clearContext();
    this.editing = message;
    this.input.value = message.text;
    this.showContext("edit", "Modifier", summary(message));
  }

  replyTo(message) {
    this.clearContext();
    const { reply_to_message: _, ...quoted } = message;
    this.replied = quoted;
    this.showContext("reply", author(message).name || "Réponse", summary(message));
  }

  showContext(name, title, words) {
    this.context.replaceChildren(icon(name), el("span", { class: "context-words" }, el("strong", {}, title), el("span", {}, words)),
      iconButton("close", "Annuler", "cancel", () => this.clearContext()));
    this.context.hidden = false;
    this.sized();
    this.input.focus();
  }

  clearContext() {
    if (this.editing) this.input.value = "";
    this.editing = this.replied = null;
    this.context.hidden = true;
    this.sized();
  }

  async press(message, data, button) {
    if (button.classList.contains("waiting")) return;
    button.classList.add("waiting");
    button.setAttribute("aria-busy", "true");
    try {
      const body = this.inChat({ message_id: message.message_id, data });
      const asked = await this.attempt(() => call(`/sim/phones/${this.person.id}/press`, body));
      const answer = asked && (await this.attempt(() => answerTo(asked.query_id)));
      if (answer?.text && answer.show_alert) this.alert(answer.text);
      else if (answer?.text) this.toast(answer.text);
    } finally {
      button.classList.remove("waiting");
      button.removeAttribute("aria-busy");
    }
  }

  /** A link: the bot's own deep links start it here, others open in a new tab. */
  opens(url, event) {
    if (!url) return event.preventDefault();
    const found = new RegExp(`^(?:https?://(?:t|telegram)\\.me/|tg://resolve\\?domain=)${this.desk.bot.username}(?:[?&]start=([\\w-]*))?$`, "i").exec(url);
    if (found) {
      event.preventDefault();
      if (!this.isPrivate) this.show(this.person.id);
      this.send({ text: found[1] ? `/start ${found[1]}` : "/start" });
    } else if (url.startsWith("tg:")) {
      event.preventDefault();
      this.toast("Ce lien ne s'ouvre que dans Telegram");
    }
    return undefined;
  }

  async copied(text) {
    this.toast((await copy(text)) ? "Copié" : "Copie impossible");
  }

  async shareUsers(requestId, ids, names) {
    const body = { request_id: requestId, user_ids: ids, names };
    await this.attempt(() => call(`/sim/phones/${this.person.id}/share_users`, body));
  }

  async moveGroup(lever) {
    const done = await this.attempt(() => call(`/sim/groups/${this.chatId}/${lever}`, { by: this.person.id }));
    if (done) this.desk.refresh();
  }

  async block(on) {
    const done = await this.attempt(() => call(`/sim/phones/${this.person.id}/${on ? "block" : "unblock"}`, {}));
    if (done) this.desk.refresh();
  }

  // ---- files and voice
  chooseFile(kind, accept) {
    const chooser = el("input", { type: "file", accept, class: "offscreen", tabindex: -1, "aria-hidden": "true" });
    chooser.addEventListener("change", async () => {
      const file = chooser.files[0];
      chooser.remove();
      if (file) await this.upload(kind, file, kind === "document" || kind === "photo" ? 0 : await lengthOf(file));
    });
    chooser.addEventListener("cancel", () => chooser.remove());
    this.node.append(chooser);
    chooser.click();
  }

  async upload(kind, file, seconds) {
    const form = new FormData();
    form.set("kind", kind);
    form.set("duration", String(seconds));
    const caption = this.editing ? "" : this.input.value.trim();
    if (caption && kind !== "voice") {
      form.set("caption", caption);
      this.input.value = "";
      this.sized();
    }
    if (!this.isPrivate) form.set("chat_id", String(this.chatId));
    form.set("file", file, file.name);
    this.stick = true;
    this.toast("Envoi…");
    if (await this.attempt(() => call(`/sim/phones/${this.person.id}/upload`, form))) this.toast("");
  }

  async record() {
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch {
      this.toast("Micro indisponible");
      return;
    }
    const type = ["audio/ogg;codecs=opus", "audio/webm;codecs=opus", "audio/mp4"].find((name) => MediaRecorder.isTypeSupported(name));
    const recorder = new MediaRecorder(stream, type ? { mimeType: type } : {});
    const pieces = [];
    const began = performance.now();
    let kept = false;
    recorder.addEventListener("dataavailable", (event) => event.data.size && pieces.push(event.data));
    const time = el("span", { class: "recorded" }, "0:00");
    const ticking = setInterval(() => (time.textContent = duration((performance.now() - began) / 1000)), 250);
    const finish = (keep) => {
      kept = keep;
      if (recorder.state !== "inactive") recorder.stop();
    };
    recorder.addEventListener("stop", () => {
      clearInterval(ticking);
      for (const track of stream.getTracks()) track.stop();
      this.recording.hidden = true;
      this.entry.hidden = false;
      if (!kept || !pieces.length) return;
      const base = (recorder.mimeType || "audio/webm").split(";")[0];
      const name = `voix.${base.split("/")[1] === "mp4" ? "m4a" : base.split("/")[1]}`;
      this.upload("voice", new File(pieces, name, { type: base }), Math.max(1, Math.round((performance.now() - began) / 1000)));
    });
    this.recording.replaceChildren(el("span", { class: "dot" }), time,
      el("button", { type: "button", class: "lever cancel", onclick: () => finish(false) }, "Annuler"),
      iconButton("send", "Envoyer le message vocal", "send-voice", () => finish(true)));
    this.recording.hidden = false;
    this.entry.hidden = true;
    recorder.start();
    $(".send-voice", this.recording).focus();
  }

  sendPlace(latitude, longitude) {
    return this.send({ location: { latitude, longitude } });
  }

  sendContact() {
    const number = `+33639980${String(Math.abs(this.person.id) % 1000).padStart(3, "0")}`;
    return this.send({ contact: { phone_number: number, first_name: this.person.first_name, user_id: this.person.id } });
  }

  // ---- sheets, alerts, toasts: all inside the phone
  openOver(content, focused) {
    this.returnTo = document.activeElement;
    this.over.replaceChildren(content);
    this.over.hidden = false;
    (focused || $("button, input", content))?.focus({ preventScroll: true });
  }

  closeOver() {
    if (this.over.hidden) return;
    this.over.hidden = true;
    this.over.replaceChildren();
    if (this.returnTo?.isConnected) this.returnTo.focus({ preventScroll: true });
  }

  sheet(title, items, extra) {
    const list = items.filter(Boolean).map(({ name, label, detail, action, current, danger, dotted }) =>
      el("button", {
        type: "button", class: `item${danger ? " danger" : ""}${dotted ? " dotted" : ""}`, "aria-current": current ? "true" : null,
        onclick: () => {
          this.closeOver();
          action();
        },
      }, name ? icon(name) : null, el("span", { class: "item-words" }, label, detail ? el("small", {}, detail) : null), current ? icon("check") : null));
    this.openOver(el("div", { class: "sheet", role: "dialog", "aria-modal": "true", "aria-label": title },
      el("div", { class: "sheet-head" }, el("h2", {}, title), iconButton("close", "Fermer", "close", () => this.closeOver())), list, extra), null);
    $(".item", this.over)?.focus({ preventScroll: true });
  }

  menu() {
    const { person, desk } = this;
    const here = (id, name, label, detail) => ({ name, label, detail, current: this.chatId === id, dotted: this.unread.has(id), action: () => this.show(id) });
    this.sheet(person.first_name, [
      here(person.id, "bot", desk.bot.first_name, `@${desk.bot.username}`),
      ...this.groups().map((group) => here(group.id, "group", group.title, group.type === "channel" ? "canal" : `${group.members.length} personnes`)),
      ...this.groupItems(),
      person.has_blocked
        ? { name: "check", label: "Débloquer", action: () => this.block(false) }
        : { name: "block", label: "Bloquer", danger: true, action: () => this.block(true) },
      { name: "clock", label: this.zone === PARIS ? "Heure de Paris" : "Heure de Bamako", detail: this.zone === PARIS ? "passer à Bamako" : "passer à Paris", action: () => this.setZone(this.zone === PARIS ? BAMAKO : PARIS) },
    ]);
  }

  /** What a member may do with the group on the screen. */
  groupItems() {
    const { group, desk: { bot } } = this;
    if (!group) return [];
    return [
      group.bot_is_member
        ? { name: "close", label: `Retirer ${bot.first_name}`, detail: group.title, danger: true, action: () => this.moveGroup("remove_bot") }
        : { name: "check", label: `Ajouter ${bot.first_name}`, detail: group.title, action: () => this.moveGroup("add_bot") },
      group.type === "group" && { name: "group", label: "En faire un grand groupe", detail: "il change de numéro", action: () => this.moveGroup("migrate") },
    ];
  }

  setZone(zone) {
    this.zone = zone;
    remember(`zone.${this.person.id}`, zone);
    if (this.data) this.render(this.data);
  }

  messageMenu(message) {
    const words = message.text ?? message.caption;
    this.sheet(summary(message).slice(0, 60), [
      this.canWrite() && { name: "reply", label: "Répondre", action: () => this.replyTo(message) },
      message.from?.id === this.person.id && message.text !== undefined && { name: "edit", label: "Modifier", action: () => this.startEdit(message) },
      words !== undefined && { name: "copy", label: "Copier", action: () => this.copied(words) },
    ]);
  }

  commandMenu() {
    this.sheet("Commandes", this.data.commands.map(({ command, description }) => {
      const name = `/${command.replace(/^\//, "")}`;
      return { label: name, detail: description, action: () => this.send({ text: this.isPrivate ? name : `${name}@${this.desk.bot.username}` }) };
    }));
  }

  attachMenu() {
    this.sheet("Joindre", [
      { name: "photo", label: "Photo", action: () => this.chooseFile("photo", "image/*") },
      { name: "video", label: "Vidéo", action: () => this.chooseFile("video", "video/*") },
      { name: "document", label: "Document", action: () => this.chooseFile("document", "") },
      { name: "mic", label: "Fichier vocal", action: () => this.chooseFile("voice", "audio/*") },
      { name: "place", label: "Position", action: () => this.placeMenu() },
      { name: "person", label: "Mon contact", action: () => this.sendContact() },
    ]);
  }

  /** A key asks for people: those with a phone here, or somebody else under a new number. */
  peopleMenu(title, asked) {
    const many = asked.max_quantity > 1;
    const others = [...this.desk.phones.values()].map(({ person }) => person).filter(({ id }) => id !== this.person.id);
    const people = asked.user_is_bot ? [this.desk.bot] : others;
    const choices = people.map((person) =>
      el("label", { class: "choice" }, el("input", { type: many ? "checkbox" : "radio", name: "user", value: person.id }), person.first_name));
    const other = asked.user_is_bot ? null : el("input", { name: "other", maxlength: 64, autocomplete: "off", placeholder: "Quelqu'un d'autre : prénom", "aria-label": "Quelqu'un d'autre" });
    const form = el("form", { class: "people-form" }, choices, other, el("button", { type: "submit", class: "lever strong" }, "Partager"));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const chosen = new FormData(form);
      const name = String(chosen.get("other") || "").trim();
      const stranger = 5e9 + Math.floor(Math.random() * 1e9);
      const ids = name && !many ? [] : chosen.getAll("user").map(Number);
      this.closeOver();
      this.shareUsers(asked.request_id, name ? [...ids, stranger] : ids, name ? { [stranger]: name } : {});
    });
    this.sheet(title, [], form);
  }

  placeMenu() {
    const [latitude, longitude] = ["Latitude", "Longitude"].map((label) => el("input", { inputmode: "decimal", "aria-label": label, placeholder: label }));
    const form = el("form", { class: "place-form" }, latitude, longitude, el("button", { type: "submit", class: "lever strong" }, "Envoyer"));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const numbers = [latitude, longitude].map((input) => Number(input.value.replace(",", ".") || NaN));
      if (numbers.some(Number.isNaN) || Math.abs(numbers[0]) > 90 || Math.abs(numbers[1]) > 180) return latitude.focus();
      this.closeOver();
      this.sendPlace(...numbers);
      return undefined;
    });
    this.sheet("Position", [
      ...PLACES.map(([label, north, east]) => ({ name: "place", label, detail: `${north}, ${east}`, action: () => this.sendPlace(north, east) })),
      navigator.geolocation && { name: "check", label: "Ma vraie position", action: () => this.sendRealPlace() },
    ], form);
  }

  sendRealPlace() {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => this.sendPlace(Number(coords.latitude.toFixed(5)), Number(coords.longitude.toFixed(5))),
      () => this.toast("Position indisponible"), { timeout: 10000 });
  }

  alert(text) {
    const ok = el("button", { type: "button", class: "ok", onclick: () => this.closeOver() }, "OK");
    this.openOver(el("div", { class: "alert", role: "alertdialog", "aria-modal": "true", "aria-label": "Message du bot" }, el("p", { dir: "auto" }, text), ok), ok);
  }

  toast(text) {
    clearTimeout(this.toastTimer);
    this.toastNode.textContent = text;
    this.toastNode.classList.toggle("shown", Boolean(text));
    if (text) this.toastTimer = setTimeout(() => this.toastNode.classList.remove("shown"), Math.min(8000, 2500 + text.length * 40));
  }
}

/** Put exactly these children, in this order, moving none that is already in place. */
function place(parent, wanted) {
  const keep = new Set(wanted);
  for (const child of [...parent.children]) if (!keep.has(child)) child.remove();
  wanted.forEach((node, index) => {
    if (parent.children[index] !== node) parent.insertBefore(node, parent.children[index] || null);
  });
}

async function answerTo(queryId) {
  for (const pause of [60, 120, 200, 300, 500, 800, 1000, 1500, 2000, 3000]) {
    await wait(pause);
    const answer = await call(`/sim/answers/${queryId}`);
    if (answer) return answer;
  }
  return null;
}

function lengthOf(file) {
  return new Promise((done) => {
    const url = URL.createObjectURL(file);
    const audio = new Audio();
    const finish = (seconds) => {
      URL.revokeObjectURL(url);
      done(Number.isFinite(seconds) ? Math.max(1, Math.round(seconds)) : 1);
    };
    audio.addEventListener("loadedmetadata", () => finish(audio.duration));
    audio.addEventListener("error", () => finish(1));
    audio.preload = "metadata";
    audio.src = url;
  });
}

// ---------------------------------------------------------------- the desk: phones, clock, stream
class Desk {
  constructor() {
    this.node = $(".desk");
    this.tabs = $(".tabs");
    this.phones = new Map();
    this.tabNodes = new Map();
    this.groups = [];
    this.bot = { first_name: "Bot", username: "bot" };
    this.chats = new Map();
    this.loading = new Map();
    this.narrow = matchMedia("(max-width: 719.98px)");
    this.active = remembered("active", null);
    this.clock = { base: Date.now(), at: performance.now(), rate: 1 };
    this.narrow.addEventListener("change", () => this.activate(this.active));
    this.levers();
    setInterval(() => this.tick(), 500);
    setInterval(() => !document.hidden && this.online && this.refresh(), 10000);
    this.refresh();
    this.listen();
  }

  // ---- stream of changes
  listen() {
    this.stream?.close();
    const stream = (this.stream = new EventSource("/sim/events"));
    this.heard = Date.now();
    stream.addEventListener("open", () => {
      this.setOnline(true);
      this.refresh({ everything: true });
    });
    stream.addEventListener("message", (event) => {
      this.heard = Date.now();
      const { chat_id: chatId } = JSON.parse(event.data);
      if (chatId === 0) this.refresh({ everything: true });
      else if (chatId !== null) this.changed(chatId);
    });
    stream.addEventListener("error", () => {
      this.setOnline(false);
      if (stream.readyState === EventSource.CLOSED) setTimeout(() => this.stream === stream && this.listen(), 2000);
    });
    clearInterval(this.watching);
    this.watching = setInterval(() => Date.now() - this.heard > 45000 && this.online && this.listen(), 5000);
  }

  setOnline(online) {
    this.online = online;
    $(".offline").hidden = online;
  }

  changed(chatId) {
    clearTimeout(this.soon);
    this.soon = setTimeout(() => this.refresh(), this.phones.has(chatId) || this.groups.some(({ id }) => id === chatId) ? 150 : 0);
    let shown = false;
    for (const phone of this.phones.values()) {
      if (phone.chatId === chatId) shown = true;
      else if (chatId === phone.person.id || phone.groups().some(({ id }) => id === chatId)) {
        phone.unread.add(chatId);
        phone.marks();
      }
    }
    if (shown) this.load(chatId);
    else this.chats.delete(chatId);
  }

  /** Fetch a chat for the phones that show it; one request at a time, the last change always drawn. */
  async load(chatId, { cached = false } = {}) {
    if (cached && this.chats.has(chatId)) this.draw(chatId, this.chats.get(chatId));
    if (this.loading.has(chatId)) {
      this.loading.set(chatId, true);
      return;
    }
    this.loading.set(chatId, false);
    try {
      const data = await call(`/sim/chats/${chatId}`);
      this.chats.set(chatId, data);
      this.draw(chatId, data);
    } catch {
      // Gone, or offline: the next event or reconnection asks again.
    }
    const again = this.loading.get(chatId);
    this.loading.delete(chatId);
    if (again) await this.load(chatId);
  }

  draw(chatId, data) {
    for (const phone of this.phones.values()) if (phone.chatId === chatId) phone.render(data);
  }

  async refresh({ everything = false } = {}) {
    let state;
    const asked = performance.now();
    try {
      state = await call("/sim/state");
    } catch {
      return;
    }
    this.setClock(Date.parse(state.clock), (asked + performance.now()) / 2, state.rate);
    this.bot = state.bot;
    this.groups = state.groups;
    const title = `${state.bot.first_name} · simulateur`;
    if (document.title !== title) {
      document.title = title;
      $(".name").replaceChildren(state.bot.first_name, " ", el("span", {}, "simulateur"));
    }
    const known = new Set(state.people.map(({ id }) => id));
    for (const [id, phone] of this.phones) {
      if (known.has(id)) continue;
      phone.node.remove();
      this.tabNodes.get(id).remove();
      this.phones.delete(id);
      this.tabNodes.delete(id);
    }
    for (const person of state.people) {
      let phone = this.phones.get(person.id);
      const isNew = !phone;
      if (isNew) {
        phone = new Phone(this, person);
        this.phones.set(person.id, phone);
        this.addTab(person);
      }
      const key = JSON.stringify([person, state.groups, state.bot]);
      if (phone.key !== key) {
        phone.key = key;
        phone.setPerson(person);
      }
      if (isNew || everything) this.load(phone.chatId);
    }
    place(this.node, state.people.length ? state.people.map(({ id }) => this.phones.get(id).node) : [this.welcome()]);
    place(this.tabs, state.people.map(({ id }) => this.tabNodes.get(id)));
    for (const person of state.people) $(".tab-name", this.tabNodes.get(person.id)).textContent = person.first_name;
    const wanted = this.wanted !== undefined && this.phones.has(this.wanted) ? this.wanted : undefined;
    if (wanted !== undefined) {
      this.wanted = undefined;
      this.activate(wanted, true);
    } else if (!this.phones.has(this.active)) this.activate(state.people[0]?.id ?? null);
    else if (!this.phones.get(this.active).node.classList.contains("active")) this.activate(this.active);
    this.overflow();
  }

  welcome() {
    this.welcomeNode ||= el("div", { class: "welcome" }, el("p", {}, "Aucun téléphone sur la table."),
      el("button", { type: "button", class: "lever strong", onclick: () => this.askPhone() }, "Nouveau téléphone"));
    return this.welcomeNode;
  }

  // ---- tabs
  addTab(person) {
    const tab = el("button", { type: "button", class: "tab", dataset: { person: person.id }, onclick: () => this.activate(person.id, true) },
      el("span", { class: "avatar", "aria-hidden": "true" }, [...person.first_name][0]?.toUpperCase() || "?"), el("span", { class: "tab-name" }, person.first_name));
    tab.style.setProperty("--hue", hue(person.id));
    this.tabNodes.set(person.id, tab);
  }

  activate(personId, reveal = false) {
    this.active = personId;
    remember("active", personId);
    for (const [id, phone] of this.phones) {
      phone.node.classList.toggle("active", id === personId);
      const tab = this.tabNodes.get(id);
      if (id === personId) tab.setAttribute("aria-current", "true");
      else tab.removeAttribute("aria-current");
    }
    const phone = this.phones.get(personId);
    if (!phone) return;
    phone.marks();
    if (phone.stick) phone.toBottom();
    phone.sized();
    if (!reveal) return;
    this.tabNodes.get(personId).scrollIntoView({ inline: "nearest", block: "nearest" });
    if (!this.narrow.matches) phone.node.scrollIntoView({ inline: "center", block: "nearest", behavior: "smooth" });
  }

  isVisible(phone) {
    return !this.narrow.matches || phone.person?.id === this.active;
  }

  marks(phone) {
    this.tabNodes.get(phone.person?.id)?.classList.toggle("dotted", phone.unread.size > 0);
  }

  overflow() {
    this.tabs.classList.toggle("needed", this.node.scrollWidth > this.node.clientWidth + 4);
  }

  // ---- clock
  setClock(milliseconds, at, rate) {
    const { clock } = this;
    if (rate !== undefined) clock.rate = rate;
    else if (clock.known && at - clock.at > 4000 && !clock.jumped) {
      const measured = (milliseconds - clock.base) / (at - clock.at);
      clock.rate = Math.abs(measured - 1) < 0.05 ? 1 : measured >= 0 && measured < 100000 ? measured : 1;
    }
    if (!clock.known || at - clock.at > 4000 || clock.jumped || Math.abs(this.now(at) - milliseconds) > 1500) {
      Object.assign(clock, { base: milliseconds, at, known: true, jumped: false });
    }
    this.tick();
  }

  now(at = performance.now()) {
    return this.clock.base + (at - this.clock.at) * this.clock.rate;
  }

  tick() {
    if (!this.clock.known) return;
    const now = this.now();
    for (const node of document.querySelectorAll(".clock .hour")) write(node, dated(now, node.dataset.zone, HOUR));
    write($(".clock .day"), dated(now, PARIS, { ...DAY, year: "numeric" }));
  }

  async turn(body) {
    try {
      const { clock } = await call("/sim/clock", body);
      this.clock.jumped = true;
      this.setClock(Date.parse(clock), performance.now());
    } catch {
      this.toast("L'horloge n'a pas bougé");
    }
  }

  // ---- levers of the top bar
  levers() {
    const more = $(".more");
    more.append(icon("menu"));
    more.addEventListener("click", () => {
      const open = $(".top").classList.toggle("open");
      more.setAttribute("aria-expanded", String(open));
    });
    $(".hour-later").addEventListener("click", () => this.turn({ move_seconds: 3600 }));
    $(".tomorrow").addEventListener("click", () => {
      const tomorrow = new Date(shownIn(PARIS, this.now()) + 24 * 3600 * 1000);
      const at = instantIn(PARIS, tomorrow.getUTCFullYear(), tomorrow.getUTCMonth() + 1, tomorrow.getUTCDate(), 8);
      this.turn({ at: new Date(at).toISOString().replace("Z", "+00:00") });
    });
    $(".restore").addEventListener("click", () => this.restore());
    $(".new-phone").addEventListener("click", () => this.askPhone());
    $(".new-group").addEventListener("click", () => this.askGroup());
    const dialog = $("#phone-form");
    $(".cancel", dialog).addEventListener("click", () => dialog.close());
    $("form", dialog).addEventListener("submit", () => this.addPhone(new FormData($("form", dialog))));
    const group = $("#group-form");
    $(".cancel", group).addEventListener("click", () => group.close());
    $("form", group).addEventListener("submit", () => this.addGroup(new FormData($("form", group))));
    $(".lightbox").addEventListener("click", () => $(".lightbox").close());
    addEventListener("resize", () => this.overflow());
  }

  askPhone() {
    const dialog = $("#phone-form");
    $("form", dialog).reset();
    dialog.showModal();
    $("input", dialog).focus();
  }

  async addPhone(form) {
    const first = String(form.get("first_name")).trim();
    if (!first) return;
    try {
      const { id } = await call("/sim/phones", { first_name: first, language_code: form.get("language_code") });
      this.wanted = id;
      $(".top").classList.remove("open");
      await this.refresh();
    } catch {
      this.toast("Le téléphone n'a pas été ajouté");
    }
  }

  askGroup() {
    const dialog = $("#group-form");
    $("form", dialog).reset();
    $("select", dialog).replaceChildren(...[...this.phones.values()].map(({ person }) => el("option", { value: person.id }, person.first_name)));
    dialog.showModal();
    $("input", dialog).focus();
  }

  /** A group of everybody here, to which one of them adds the bot. */
  async addGroup(form) {
    const [title, by] = [String(form.get("title")).trim(), Number(form.get("by"))];
    try {
      const { id } = await call("/sim/groups", { title, kind: "group", members: [...this.phones.keys()] });
      await call(`/sim/groups/${id}/add_bot`, { by });
      $(".top").classList.remove("open");
      await this.refresh();
      this.phones.get(by).show(id);
      this.activate(by, true);
    } catch {
      this.toast("Le groupe n'a pas été fait");
    }
  }

  async restore() {
    const button = $(".restore");
    button.disabled = true;
    try {
      await call("/sim/restore", {});
      this.chats.clear();
      this.clock.jumped = true;
      for (const phone of this.phones.values()) phone.lastSeen = undefined;
      await this.refresh({ everything: true });
      for (const phone of this.phones.values()) {
        phone.unread.clear();
        phone.marks();
      }
      this.toast("Exemple rétabli");
    } catch (error) {
      this.toast(error.status === 404 ? "Il n'y a pas d'exemple ici" : "L'exemple n'a pas été rétabli");
    } finally {
      button.disabled = false;
    }
  }

  toast(text) {
    const node = $(".page-toast");
    clearTimeout(this.toastTimer);
    node.textContent = text;
    node.classList.add("shown");
    this.toastTimer = setTimeout(() => node.classList.remove("shown"), 3500);
  }
}

function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

new Desk();

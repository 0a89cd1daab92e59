// Messages as elements. Everything that anybody typed goes in as text, never as HTML.

const TAGS = {
  bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code", pre: "pre",
  spoiler: "span", blockquote: "blockquote", expandable_blockquote: "blockquote",
};
const THINGS = {
  sticker: "Sticker", voice: "Voice note, 3 seconds", audio: "Sound", video: "Video", video_note: "Video note",
  animation: "Moving picture", location: "A place on the map", contact: "A contact", dice: "Dice", poll: "Poll",
};

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

function safeLink(address) {
  const full = /^[a-z][a-z0-9+.-]*:/i.test(address) ? address : `http://${address}`;
  return /^(https?|tg|mailto|tel):/i.test(full) ? full : null;
}

function link(address, children) {
  const href = safeLink(address);
  return href ? make("a", { href, target: "_blank", rel: "noopener noreferrer" }, ...children) : make("span", {}, ...children);
}

function wrap(entity, text, children) {
  switch (entity.type) {
    case "text_link": return link(entity.url, children);
    case "url": return link(text, children);
    case "email": return link(`mailto:${text}`, children);
    case "bot_command": return make("button", { type: "button", class: "command", "data-command": text }, ...children);
    default: return make(TAGS[entity.type] ?? "span", { class: entity.type }, ...children);
  }
}

// Entities count in UTF-16 units, as JavaScript does, and are nested: the outer one comes first.
export function formatted(text, entities = [], from = 0, to = text.length) {
  const nodes = [];
  let at = from;
  for (let i = 0; i < entities.length; i++) {
    const { offset, length } = entities[i];
    const end = Math.min(offset + length, to);
    if (offset < at || offset >= to) continue;
    const inner = entities.slice(i + 1).filter((other) => other.offset >= offset && other.offset + other.length <= end);
    nodes.push(text.slice(at, offset), wrap(entities[i], text.slice(offset, end), formatted(text, inner, offset, end)));
    at = end;
  }
  nodes.push(text.slice(at, to));
  return nodes.filter((node) => node !== "");
}

function photo(message, mine) {
  const size = message.photo.at(-1);
  if (mine) return make("p", { class: "thing" }, "Photo");
  const alt = message.caption ?? "Picture without a description";
  const src = `/sent/${encodeURIComponent(size.file_id)}`;
  const image = make("img", { src, alt, width: size.width, height: size.height });
  return make("button", { type: "button", class: "photo", "data-full": src, "aria-label": `Open full size: ${alt}` }, image);
}

function paper(message, mine) {
  const { file_name: name, file_size: size, file_id: id } = message.document;
  if (mine) return make("p", { class: "thing" }, `File: ${name}`);
  const weight = size < 1024 ? `${size} bytes` : `${Math.round(size / 1024)} KB`;
  return make("a", { class: "paper", href: `/sent/${encodeURIComponent(id)}`, download: name }, `Download ${name} (${weight})`);
}

function words(message) {
  if (message.text !== undefined) return make("div", { class: "text" }, ...formatted(message.text, message.entities));
  if (message.caption === undefined) return "";
  const spoken = message.photo && !message.caption_entities;  // the picture's own text says it already
  const lines = formatted(message.caption, message.caption_entities);
  return make("div", { class: "text", "aria-hidden": spoken ? "true" : undefined }, ...lines);
}

function thing(message, mine) {
  if (message.photo) return photo(message, mine);
  if (message.document) return paper(message, mine);
  const kind = Object.keys(THINGS).find((name) => name in message);
  if (kind) return make("p", { class: "thing" }, THINGS[kind]);
  return message.text === undefined ? make("p", { class: "thing" }, "Something this page can't show") : "";
}

function meta(message, mine) {
  const time = new Date(message.date * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });
  const line = make("div", { class: "meta" }, `${message.edit_date ? "edited · " : ""}${time}`);
  if (mine && message.text !== undefined && !message.text.startsWith("/")) {
    const label = `Edit your message: ${message.text.slice(0, 60)}`;
    line.prepend(make("button", { type: "button", class: "change", "aria-label": label }, "Edit"));
  }
  return line;
}

function button({ text, url, callback_data: data, copy_text: copy }) {
  if (url) {
    const anchor = link(url, [text, make("span", { class: "hidden" }, " (opens a new tab)")]);
    anchor.classList.add("key", "out");
    return anchor;
  }
  const kind = data !== undefined ? { "data-tap": data } : copy ? { "data-copy": copy.text } : { disabled: true };
  return make("button", { type: "button", class: "key", ...kind }, text);
}

function keyboard(message) {
  const rows = message.reply_markup?.inline_keyboard ?? [];
  if (!rows.length) return "";
  const lines = rows.map((row) => make("div", { class: "row" }, ...row.map(button)));
  return make("div", { class: "keyboard", role: "group", "aria-label": "Answers" }, ...lines);
}

export function fill(element, message) {
  const mine = !message.from.is_bot;
  const who = make("span", { class: "hidden" }, mine ? "You: " : "Bot: ");
  const bubble = make("div", { class: "bubble" }, who, thing(message, mine), words(message), meta(message, mine));
  element.className = `message ${mine ? "mine" : "theirs"}`;
  element.replaceChildren(bubble, keyboard(message));
  oneStop(element);
}

// A keyboard is one stop on the way with Tab until one is in it: its first button is near, none is passed over.
export function oneStop(element) {
  const keys = [...element.querySelectorAll(".key")];
  const inside = keys.includes(document.activeElement);
  keys.forEach((key, index) => { key.tabIndex = inside || index === 0 ? 0 : -1; });
}

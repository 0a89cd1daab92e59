// Renders messages as elements. Texts of people and of the bot are inserted as text, never as HTML.

const TAGS_BY_ENTITY_TYPE = {
  bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code", pre: "pre",
  spoiler: "span", blockquote: "blockquote", expandable_blockquote: "blockquote",
};
const ATTACHMENT_LABELS = {
  sticker: "Sticker", voice: "Voice note, 3 seconds", audio: "Sound", video: "Video", video_note: "Video note",
  animation: "Moving picture", location: "A place on the map", contact: "A contact", dice: "Dice", poll: "Poll",
};

export function makeElement(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

function safeUrl(address) {
  const url = /^[a-z][a-z0-9+.-]*:/i.test(address) ? address : `http://${address}`;
  return /^(https?|tg|mailto|tel):/i.test(url) ? url : null;
}

function renderLink(address, children) {
  const href = safeUrl(address);
  if (!href) return makeElement("span", {}, ...children);
  return makeElement("a", { href, target: "_blank", rel: "noopener noreferrer" }, ...children);
}

function renderEntity(entity, text, children) {
  switch (entity.type) {
    case "text_link": return renderLink(entity.url, children);
    case "url": return renderLink(text, children);
    case "email": return renderLink(`mailto:${text}`, children);
    case "bot_command":
      return makeElement("button", { type: "button", class: "command", "data-command": text }, ...children);
    default: return makeElement(TAGS_BY_ENTITY_TYPE[entity.type] ?? "span", { class: entity.type }, ...children);
  }
}

// Offsets of entities are in UTF-16 units, as in JavaScript. Entities can be nested; the outer one comes first.
export function formatText(text, entities = [], from = 0, to = text.length) {
  const nodes = [];
  let position = from;
  for (let i = 0; i < entities.length; i++) {
    const { offset, length } = entities[i];
    const end = Math.min(offset + length, to);
    if (offset < position || offset >= to) continue;
    const inner = entities.slice(i + 1).filter((other) => other.offset >= offset && other.offset + other.length <= end);
    const children = formatText(text, inner, offset, end);
    nodes.push(text.slice(position, offset), renderEntity(entities[i], text.slice(offset, end), children));
    position = end;
  }
  nodes.push(text.slice(position, to));
  return nodes.filter((node) => node !== "");
}

function renderPhoto(message, isOwn) {
  const size = message.photo.at(-1);
  if (isOwn) return makeElement("p", { class: "thing" }, "Photo");
  const alt = message.caption ?? "Picture without a description";
  const src = `/sent/${encodeURIComponent(size.file_id)}`;
  const image = makeElement("img", { src, alt, width: size.width, height: size.height });
  const label = `Open full size: ${alt}`;
  return makeElement("button", { type: "button", class: "photo", "data-full": src, "aria-label": label }, image);
}

function renderDocument(message, isOwn) {
  const { file_name: name, file_size: size, file_id: id } = message.document;
  if (isOwn) return makeElement("p", { class: "thing" }, `File: ${name}`);
  const sizeText = size < 1024 ? `${size} bytes` : `${Math.round(size / 1024)} KB`;
  const href = `/sent/${encodeURIComponent(id)}`;
  return makeElement("a", { class: "paper", href, download: name }, `Download ${name} (${sizeText})`);
}

function renderText(message) {
  if (message.text !== undefined) {
    return makeElement("div", { class: "text" }, ...formatText(message.text, message.entities));
  }
  if (message.caption === undefined) return "";
  // Screen readers read a plain caption as the picture's alternative text.
  const isReadAlready = message.photo && !message.caption_entities;
  const lines = formatText(message.caption, message.caption_entities);
  return makeElement("div", { class: "text", "aria-hidden": isReadAlready ? "true" : undefined }, ...lines);
}

function renderContent(message, isOwn) {
  if (message.photo) return renderPhoto(message, isOwn);
  if (message.document) return renderDocument(message, isOwn);
  const kind = Object.keys(ATTACHMENT_LABELS).find((name) => name in message);
  if (kind) return makeElement("p", { class: "thing" }, ATTACHMENT_LABELS[kind]);
  return message.text === undefined ? makeElement("p", { class: "thing" }, "Something this page can't show") : "";
}

function renderMeta(message, isOwn) {
  const format = { hour: "2-digit", minute: "2-digit", hour12: false };
  const time = new Date(message.date * 1000).toLocaleTimeString([], format);
  const line = makeElement("div", { class: "meta" }, `${message.edit_date ? "edited · " : ""}${time}`);
  if (isOwn && message.text !== undefined && !message.text.startsWith("/")) {
    const label = `Edit your message: ${message.text.slice(0, 60)}`;
    line.prepend(makeElement("button", { type: "button", class: "change", "aria-label": label }, "Edit"));
  }
  return line;
}

function renderButton({ text, url, callback_data: data, copy_text: copy }) {
  if (url) {
    const anchor = renderLink(url, [text, makeElement("span", { class: "hidden" }, " (opens a new tab)")]);
    anchor.classList.add("key", "out");
    return anchor;
  }
  const kind = data !== undefined ? { "data-tap": data } : copy ? { "data-copy": copy.text } : { disabled: true };
  return makeElement("button", { type: "button", class: "key", ...kind }, text);
}

function renderKeyboard(message) {
  const rows = message.reply_markup?.inline_keyboard ?? [];
  if (!rows.length) return "";
  const lines = rows.map((row) => makeElement("div", { class: "row" }, ...row.map(renderButton)));
  return makeElement("div", { class: "keyboard", role: "group", "aria-label": "Answers" }, ...lines);
}

export function renderMessage(element, message) {
  const isOwn = !message.from.is_bot;
  const who = makeElement("span", { class: "hidden" }, isOwn ? "You: " : "Bot: ");
  const parts = [who, renderContent(message, isOwn), renderText(message), renderMeta(message, isOwn)];
  const bubble = makeElement("div", { class: "bubble" }, ...parts);
  element.className = `message ${isOwn ? "mine" : "theirs"}`;
  element.replaceChildren(bubble, renderKeyboard(message));
  makeSingleTabStop(element);
}

// Tab stops only at the first button of a keyboard, so that it is quickly passed, until one of them has the focus.
export function makeSingleTabStop(element) {
  const buttons = [...element.querySelectorAll(".key")];
  const hasFocus = buttons.includes(document.activeElement);
  buttons.forEach((button, index) => { button.tabIndex = hasFocus || index === 0 ? 0 : -1; });
}

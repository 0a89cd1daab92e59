// The chat: what comes in, what the person does, and where the keyboard's focus goes.

import { fill, make, oneStop } from "./messages.js";
import { ask, say, setUpSheets, showCommands, showPicture } from "./sheets.js";
import { listen } from "./live.js";

const $ = (id) => document.getElementById(id);
const log = $("log"), field = $("field"), composer = $("composer");
const person = Math.max(1, parseInt(new URLSearchParams(location.search).get("as"), 10) || 1);
const chat = Number(localStorage.getItem(`chat of person ${person}`)) || person;
const messages = new Map(), pressed = new Map(), answers = new Map();
const state = { blocked: false, editing: null, carry: null, started: false };

async function does(deed, given = {}) {
  try {
    const reply = await fetch(`/chat/${chat}/${deed}`, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(given),
    });
    if (reply.ok) return await reply.json();
  } catch { /* said below */ }
  toast("That didn't reach the preview. Please try again.");
  return null;
}

// What comes in

function put(message) {
  const known = messages.get(message.message_id);
  const element = known ?? make("article", { "data-id": message.message_id, tabindex: "-1" });
  const newest = !known || element === log.lastElementChild;
  const lost = known?.contains(document.activeElement) ? document.activeElement : null;
  const stay = !known || atEnd();
  if (known && !newest) element.setAttribute("aria-live", "off");  // an old question's new look is not read out again
  element.message = message;
  fill(element, message);
  messages.set(message.message_id, element);
  if (!known) log.append(element);
  if (lost) keepFocus(element, lost);
  if (!known) arrived(element, message);
  else if (stay) toEnd();
  frame();
}

function arrived(element, message) {
  toEnd();
  const first = element.querySelector(".key");
  if (!message.from.is_bot || !state.carry) return;
  if (first) focusOn(first);
  else if (state.carry === "keys") focusOn(field);
}

function remove(id) {
  const element = messages.get(id);
  if (!element) return;
  const lost = element.contains(document.activeElement) ? document.activeElement : null;
  element.remove();
  messages.delete(id);
  if (lost) moveOn();
  frame();
}

// Focus is never dropped: a pressed button that goes hands it on to the newest message, or to the field.

function keepFocus(element, lost) {
  const again = [...element.querySelectorAll("button, a")].find((one) => one.textContent === lost.textContent);
  if (again) focusOn(again);
  else moveOn();
}

function moveOn() {
  const newest = log.lastElementChild, key = newest?.querySelector(".key");
  if (key) { focusOn(key); return; }
  if (state.byKeys && !composer.hidden) focusOn(field);  // on a touch screen that would bring up the keyboard
  else focusOn(newest?.matches(".message") ? newest : log);
  state.carry = state.byKeys ? "keys" : "touch";  // to the next message, unless the person does something before
}

function focusOn(element) {
  element.focus({ preventScroll: true });
  state.carry = null;
}

function atEnd() {
  return log.scrollHeight - log.scrollTop - log.clientHeight < 80;
}

function toEnd() {
  const last = log.lastElementChild;
  const tall = last && last.offsetHeight > log.clientHeight - 16;
  log.scrollTop = tall ? last.offsetTop - 8 : log.scrollHeight;
}

// What the chat looks like around the messages

function frame() {
  state.started ||= messages.size > 0;
  $("welcome").hidden = state.started;
  $("start").hidden = state.started || state.blocked;
  composer.hidden = !state.started || state.blocked;
  $("unblock").hidden = !state.blocked;
}

function profile({ name, description, commands, language, blocked }) {
  $("name").textContent = name;
  $("alert-name").textContent = name;
  document.title = `${name}: preview, not Telegram`;
  log.setAttribute("aria-label", `Messages with ${name}`);
  $("description").textContent = description || "Press Start to begin.";
  $("language").value = language;
  $("block").hidden = blocked;
  state.blocked = blocked;
  showCommands(commands);
  frame();
}

function notice({ bot }) {
  const lines = {
    away: "No bot is connected at the moment. What you send waits for it.",
    webhook: "The bot asked for a webhook: the preview delivers nothing there.",
    lost: "The preview has stopped, or can't be reached. Trying again …",
  };
  $("notice").textContent = lines[bot] ?? "";
}

let fading;
function toast(text) {
  $("toast").textContent = text;
  clearTimeout(fading);
  fading = setTimeout(() => { $("toast").textContent = ""; }, 6000);
}

let typing;
function action() {
  $("subtitle").textContent = "typing … · not Telegram";
  clearTimeout(typing);
  typing = setTimeout(() => { $("subtitle").textContent = "preview · not Telegram"; }, 5000);
}

function answer({ callback_query_id: id, text, show_alert: alert }) {
  answers.set(id, true);
  release(id);
  if (alert) say(text);
  else if (text) toast(text);
}

function release(id) {
  const key = pressed.get(id);
  pressed.delete(id);
  key?.classList.remove("waiting");
  key?.removeAttribute("aria-busy");
}

// What the person does

async function tap(key) {
  const id = Number(key.closest(".message").dataset.id);
  key.classList.add("waiting");
  key.setAttribute("aria-busy", "true");
  const made = await does("tap", { message_id: id, data: key.dataset.tap });
  const number = made?.id ?? "none";
  pressed.set(number, key);
  if (!made || answers.has(number)) release(number);
  else setTimeout(() => release(number), 20000);
}

async function send() {
  const text = field.value.trim();
  if (!text) return;
  const editing = state.editing;
  stopEditing();
  const done = editing ? await does("edit", { message_id: editing, text }) : await does("type", { text });
  if (!done) field.value = text;
  grow();
}

function edit(element) {
  state.editing = Number(element.dataset.id);
  $("editing").hidden = false;
  field.value = element.message.text;
  grow();
  field.focus();
}

function stopEditing() {
  state.editing = null;
  $("editing").hidden = true;
  field.value = "";
  grow();
}

function grow() {
  field.style.height = "auto";
  field.style.height = `${Math.min(field.scrollHeight + 2, 132)}px`;
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast("Copied.");
  } catch {
    say(text);
  }
}

async function start() {
  state.carry = state.byKeys ? "keys" : "touch";
  state.started = true;
  frame();
  if (state.byKeys) field.focus();
  else log.focus();
  await does("type", { text: "/start" });
}

log.addEventListener("click", ({ target }) => {
  const key = target.closest("[data-tap], [data-copy], [data-command], [data-full], .change");
  if (!key) return;
  if ("tap" in key.dataset) tap(key);
  else if ("copy" in key.dataset) copy(key.dataset.copy);
  else if ("command" in key.dataset) does("type", { text: key.dataset.command });
  else if ("full" in key.dataset) showPicture(key.querySelector("img"));
  else edit(key.closest(".message"));
});
for (const kind of ["focusin", "focusout"]) {
  log.addEventListener(kind, ({ target }) => queueMicrotask(() => {
    const element = target.closest?.(".message");
    if (element) oneStop(element);
  }));
}
log.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const keys = step && event.target.matches(".key") ? [...event.target.closest(".keyboard").querySelectorAll(".key")] : [];
  if (!keys.length) return;
  event.preventDefault();
  keys[(keys.indexOf(event.target) + step + keys.length) % keys.length].focus();
});
for (const kind of ["keydown", "pointerdown"]) {
  document.addEventListener(kind, (event) => {
    // A key held down too long must not press the next question's button as well.
    if (event.repeat && event.key === "Enter" && event.target.closest("button")) event.preventDefault();
    state.byKeys = kind === "keydown";
    state.carry = null;
  }, true);
}
composer.addEventListener("submit", (event) => { event.preventDefault(); send(); });
field.addEventListener("input", grow);
field.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); send(); }
  if (event.key === "Escape" && state.editing) stopEditing();
});
$("stop-editing").addEventListener("click", () => { stopEditing(); field.focus(); });
$("start").addEventListener("click", start);
$("unblock").addEventListener("click", async () => { await does("unblock"); await does("type", { text: "/start" }); field.focus(); });
$("block").addEventListener("click", async () => {
  if (await ask("Block the bot?", "It can't write to this person until they unblock it.", "Block")) await does("block");
});
$("afresh").addEventListener("click", async () => {
  const sure = await ask("Start afresh?", "This person gets a new, empty chat. The bot won't know them from before.", "Start afresh");
  if (!sure) return;
  localStorage.setItem(`chat of person ${person}`, String(Date.now()));
  location.reload();
});
$("language").addEventListener("change", ({ target }) => does("language", { language: target.value }));
setUpSheets(person, { command: (text) => does("type", { text }), thing: (kind) => does("send", { kind }) });

function clear() {
  for (const element of messages.values()) element.remove();
  messages.clear();
  state.started = false;
}

listen(chat, {
  clear, profile, bot: notice, message: put, edit: put, delete: ({ message_id: id }) => remove(id),
  answer, action, blocked: profile, unblocked: profile,
});

// The chat: what comes in, what the person does, and where the keyboard's focus goes.

import { fill, make } from "./messages.js";
import { ask, say, setUpSheets, showCommands, showPicture } from "./sheets.js";
import { keepFocus, moveOn, welcomeFocus } from "./focus.js";
import { listen } from "./live.js";
import { editWords, setUpField } from "./field.js";
import { stay, toEnd } from "./scrolling.js";

const $ = (id) => document.getElementById(id);
const log = $("log");
const person = Math.max(1, parseInt(new URLSearchParams(location.search).get("as"), 10) || 1);
const chat = Number(localStorage.getItem(`chat of person ${person}`)) || person;
const messages = new Map(), pressed = new Map(), answers = new Map();
const state = { blocked: false, started: false };

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
  if (known && !newest) element.setAttribute("aria-live", "off");  // an old question's new look is not read out again
  element.message = message;
  fill(element, message);
  messages.set(message.message_id, element);
  if (!known) log.append(element);
  if (lost) keepFocus(element, lost);
  if (!known) arrived(element, message);
  else stay();
  frame();
}

function arrived(element, message) {
  toEnd();
  if (message.from.is_bot) welcomeFocus(element);
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

// What the chat looks like around the messages

function frame() {
  state.started ||= messages.size > 0;
  $("welcome").hidden = state.started;
  $("start").hidden = state.started || state.blocked;
  $("composer").hidden = !state.started || state.blocked;
  $("unblock").hidden = !state.blocked;
}

function profile({ name, description, commands, language, blocked }) {
  $("name").textContent = name;
  $("alert-name").textContent = name;
  document.title = `Person ${person} · ${name}: preview, not Telegram`;
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
    webhook: "The bot asked for a webhook, and takes nothing there at the moment. What you send waits for it.",
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
function action({ action: what }) {
  const doing = what.startsWith("upload_") ? "sending" : "typing";
  $("subtitle").textContent = `${doing} … · not Telegram`;
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

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast("Copied.");
  } catch {
    say(text);
  }
}

async function start() {
  state.started = true;
  frame();
  moveOn();
  await does("type", { text: "/start" });
}

log.addEventListener("click", ({ target }) => {
  const key = target.closest("[data-tap], [data-copy], [data-command], [data-full], .change");
  if (!key) return;
  if ("tap" in key.dataset) tap(key);
  else if ("copy" in key.dataset) copy(key.dataset.copy);
  else if ("command" in key.dataset) does("type", { text: key.dataset.command });
  else if ("full" in key.dataset) showPicture(key.querySelector("img"));
  else editWords(key.closest(".message"));
});
setUpField(does);
$("start").addEventListener("click", start);
$("unblock").addEventListener("click", async () => { await does("unblock"); await does("type", { text: "/start" }); moveOn(); });
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
  log.setAttribute("aria-live", "off");  // what stood there before is not read out again
  setTimeout(() => log.setAttribute("aria-live", "polite"), 500);
  for (const element of messages.values()) element.remove();
  messages.clear();
  state.started = false;
}

listen(chat, {
  clear, profile, bot: notice, message: put, edit: put, delete: ({ message_id: id }) => remove(id),
  answer, action, blocked: profile, unblocked: profile,
});

// The chat: shows the events of the chat and carries out what the person does.

import { makeElement, renderMessage } from "./messages.js";
import { askToConfirm, setUpSheets, showAlert, showCommands, showPicture } from "./sheets.js";
import { focusNewMessage, moveFocusOn, restoreFocus } from "./focus.js";
import { listen } from "./live.js";
import { setUpField, startEditing } from "./field.js";
import { keepAtEnd, scrollToEnd } from "./scrolling.js";

const $ = (id) => document.getElementById(id);
const log = $("log");
const person = Math.max(1, parseInt(new URLSearchParams(location.search).get("as"), 10) || 1);
const chatId = Number(localStorage.getItem(`chat of person ${person}`)) || person;
const elements = new Map();  // messages in the log, by message id
const pressedButtons = new Map();  // by the id of the callback query that waits for an answer
const answeredIds = new Set();
const state = { blocked: false, started: false };
const TOAST_MS = 6000;
const CHAT_ACTION_MS = 5000;
const ANSWER_TIMEOUT_MS = 20000;
const SILENT_MS = 500;

// Carries out one of the actions in page.py. Returns its result, or null after a toast if it failed.
async function perform(action, body = {}) {
  try {
    const response = await fetch(`/chat/${chatId}/${action}`, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
    });
    if (response.ok) return await response.json();
  } catch { /* the toast below reports it */ }
  toast("That didn't reach the preview. Please try again.");
  return null;
}

// Events of the chat

// A new message, or another version of one that the page has.
function showMessage(message) {
  const element = elements.get(message.message_id);
  if (element) changeMessage(element, message);
  else addMessage(message);
  updateControls();
}

function addMessage(message) {
  const element = makeElement("article", { "data-id": message.message_id, tabindex: "-1" });
  fillElement(element, message);
  elements.set(message.message_id, element);
  log.append(element);
  scrollToEnd();
  if (message.from.is_bot) focusNewMessage(element);
}

function changeMessage(element, message) {
  const focused = element.contains(document.activeElement) ? document.activeElement : null;
  // Screen readers do not read an older message again when it changes.
  if (element !== log.lastElementChild) element.setAttribute("aria-live", "off");
  fillElement(element, message);
  if (focused) restoreFocus(element, focused);
  keepAtEnd();
}

function fillElement(element, message) {
  element.message = message;
  renderMessage(element, message);
}

function removeMessage(id) {
  const element = elements.get(id);
  if (!element) return;
  const hadFocus = element.contains(document.activeElement);
  element.remove();
  elements.delete(id);
  if (hadFocus) moveFocusOn();
  updateControls();
}

// Around the messages

function updateControls() {
  state.started ||= elements.size > 0;
  $("welcome").hidden = state.started;
  $("start").hidden = state.started || state.blocked;
  $("composer").hidden = !state.started || state.blocked;
  $("unblock").hidden = !state.blocked;
}

function showProfile({ name, description, commands, language, blocked }) {
  $("name").textContent = name;
  $("alert-name").textContent = name;
  document.title = `Person ${person} · ${name}: preview, not Telegram`;
  log.setAttribute("aria-label", `Messages with ${name}`);
  $("description").textContent = description || "Press Start to begin.";
  $("language").value = language;
  $("block").hidden = blocked;
  state.blocked = blocked;
  showCommands(commands);
  updateControls();
}

function showBotStatus({ bot }) {
  const lines = {
    away: "No bot is connected at the moment. What you send waits for it.",
    webhook: "The bot asked for a webhook, and takes nothing there at the moment. What you send waits for it.",
    lost: "The preview has stopped, or can't be reached. Trying again …",
  };
  $("notice").textContent = lines[bot] ?? "";
}

let toastTimer;
function toast(text) {
  $("toast").textContent = text;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { $("toast").textContent = ""; }, TOAST_MS);
}

let chatActionTimer;
function showChatAction({ action }) {
  const doing = action.startsWith("upload_") ? "sending" : "typing";
  $("subtitle").textContent = `${doing} … · not Telegram`;
  clearTimeout(chatActionTimer);
  chatActionTimer = setTimeout(() => { $("subtitle").textContent = "preview · not Telegram"; }, CHAT_ACTION_MS);
}

function showAnswer({ callback_query_id: id, text, show_alert: isAlert }) {
  answeredIds.add(id);
  releaseButton(id);
  if (isAlert) showAlert(text);
  else if (text) toast(text);
}

function releaseButton(queryId) {
  const button = pressedButtons.get(queryId);
  pressedButtons.delete(queryId);
  button?.classList.remove("waiting");
  button?.removeAttribute("aria-busy");
}

// Actions of the person

async function tap(button) {
  const messageId = Number(button.closest(".message").dataset.id);
  button.classList.add("waiting");
  button.setAttribute("aria-busy", "true");
  const query = await perform("tap", { message_id: messageId, data: button.dataset.tap });
  const queryId = query?.id ?? "none";
  pressedButtons.set(queryId, button);
  if (!query || answeredIds.has(queryId)) releaseButton(queryId);
  else setTimeout(() => releaseButton(queryId), ANSWER_TIMEOUT_MS);
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast("Copied.");
  } catch {
    showAlert(text);
  }
}

async function start() {
  state.started = true;
  updateControls();
  moveFocusOn();
  await perform("type", { text: "/start" });
}

log.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-tap], [data-copy], [data-command], [data-full], .change");
  if (!button) return;
  if ("tap" in button.dataset) tap(button);
  else if ("copy" in button.dataset) copy(button.dataset.copy);
  else if ("command" in button.dataset) perform("type", { text: button.dataset.command });
  else if ("full" in button.dataset) showPicture(button.querySelector("img"));
  else startEditing(button.closest(".message"));
});
setUpField(perform);
$("start").addEventListener("click", start);
$("unblock").addEventListener("click", async () => {
  await perform("unblock");
  await perform("type", { text: "/start" });
  moveFocusOn();
});
$("block").addEventListener("click", async () => {
  const text = "It can't write to this person until they unblock it.";
  if (await askToConfirm("Block the bot?", text, "Block")) await perform("block");
});
$("afresh").addEventListener("click", async () => {
  const text = "This person gets a new, empty chat. The bot won't know them from before.";
  if (!await askToConfirm("Start afresh?", text, "Start afresh")) return;
  localStorage.setItem(`chat of person ${person}`, String(Date.now()));
  location.reload();
});
$("language").addEventListener("change", ({ target }) => perform("language", { language: target.value }));
setUpSheets(person, {
  onCommand: (text) => perform("type", { text }), onAttachment: (kind) => perform("send", { kind }),
});

function clear() {
  // Screen readers do not read the messages again that the page shows anew.
  log.setAttribute("aria-live", "off");
  setTimeout(() => log.setAttribute("aria-live", "polite"), SILENT_MS);
  for (const element of elements.values()) element.remove();
  elements.clear();
  state.started = false;
}

listen(chatId, {
  clear,
  message: showMessage,
  edit: showMessage,
  delete: ({ message_id: id }) => removeMessage(id),
  answer: showAnswer,
  action: showChatAction,
  profile: showProfile,
  blocked: showProfile,
  unblocked: showProfile,
  bot: showBotStatus,
});

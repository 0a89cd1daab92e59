// The typing field: new messages, and edits of the person's own messages.

const $ = (id) => document.getElementById(id);
const field = $("field");
const ONE_LINE_PX = 60;
const MAX_HEIGHT_PX = 132;
let editedId = null;

export function startEditing(element) {
  editedId = Number(element.dataset.id);
  $("editing").hidden = false;
  field.value = element.message.text;
  resizeField();
  field.focus();
}

function clearField() {
  editedId = null;
  $("editing").hidden = true;
  field.value = "";
  resizeField();
}

// A text of more than one line gets the whole width until the field is empty again.
function resizeField() {
  field.style.height = "auto";
  if (!field.value) $("composer").classList.remove("tall");
  else if (field.scrollHeight > ONE_LINE_PX) $("composer").classList.add("tall");
  field.style.height = `${Math.min(field.scrollHeight + 2, MAX_HEIGHT_PX)}px`;
}

async function send(perform) {
  const text = field.value.trim();
  if (!text) return;
  const messageId = editedId;
  clearField();
  const result = messageId ? await perform("edit", { message_id: messageId, text }) : await perform("type", { text });
  if (result || field.value) return;
  field.value = text;  // it was not sent: the person can try again
  resizeField();
}

// perform(action, body) carries out one of the actions in page.py; it returns null if that fails.
export function setUpField(perform) {
  $("composer").addEventListener("submit", (event) => { event.preventDefault(); send(perform); });
  $("stop-editing").addEventListener("click", () => { clearField(); field.focus(); });
  field.addEventListener("input", resizeField);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); send(perform); }
    if (event.key === "Escape" && editedId) clearField();
  });
}

// The typing field: new words, and own words anew.

const $ = (id) => document.getElementById(id);
const field = $("field");
let editing = null;

export function editWords(element) {
  editing = Number(element.dataset.id);
  $("editing").hidden = false;
  field.value = element.message.text;
  grow();
  field.focus();
}

function empty() {
  editing = null;
  $("editing").hidden = true;
  field.value = "";
  grow();
}

const ONE_LINE = 60;

// More than a line gets the whole width, for as long as there are words in it.
function grow() {
  field.style.height = "auto";
  if (!field.value) $("composer").classList.remove("tall");
  else if (field.scrollHeight > ONE_LINE) $("composer").classList.add("tall");
  field.style.height = `${Math.min(field.scrollHeight + 2, 132)}px`;
}

async function send(does) {
  const text = field.value.trim();
  if (!text) return;
  const message = editing;
  empty();
  const done = message ? await does("edit", { message_id: message, text }) : await does("type", { text });
  if (done || field.value) return;
  field.value = text;  // it didn't arrive: nothing is lost
  grow();
}

export function setUpField(does) {
  $("composer").addEventListener("submit", (event) => { event.preventDefault(); send(does); });
  $("stop-editing").addEventListener("click", () => { empty(); field.focus(); });
  field.addEventListener("input", grow);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); send(does); }
    if (event.key === "Escape" && editing) empty();
  });
}

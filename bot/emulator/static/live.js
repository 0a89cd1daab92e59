// The events of a chat: first its current state, then each event as it happens. Connects again after a drop.

// The kinds of ChatEvent in state.py, and the status of the bot.
const EVENT_KINDS = ["message", "edit", "delete", "answer", "action", "profile", "blocked", "unblocked", "bot"];
const RETRY_MS = 1000;

// handlers has a function for each kind of event, and clear().
export async function listen(chatId, handlers) {
  let chat;
  try {
    const response = await fetch(`/chat/${chatId}`);
    if (!response.ok) throw new Error(String(response.status));
    chat = await response.json();
  } catch {
    handlers.bot({ bot: "lost" });
    setTimeout(() => listen(chatId, handlers), RETRY_MS);
    return;
  }
  handlers.clear();
  handlers.profile(chat);
  handlers.bot(chat);
  for (const message of chat.messages) handlers.message(message);
  follow(chatId, handlers, `${chat.epoch}-${chat.number}`);
}

// After a drop the browser connects again and names the last event that it got; the server sends those after it.
function follow(chatId, handlers, after) {
  const source = new EventSource(`/chat/${chatId}/live?after=${after}`);
  const restart = () => { source.close(); setTimeout(() => listen(chatId, handlers), RETRY_MS); };
  for (const kind of EVENT_KINDS) source.addEventListener(kind, ({ data }) => handlers[kind](JSON.parse(data)));
  source.addEventListener("reload", restart);
  source.addEventListener("error", () => {
    handlers.bot({ bot: "lost" });
    if (source.readyState === EventSource.CLOSED) restart();
  });
}

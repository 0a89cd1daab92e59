// Hears of everything that happens in the chat, and catches up by itself after a drop.

const KINDS = ["message", "edit", "delete", "answer", "action", "profile", "blocked", "unblocked", "bot"];
const AGAIN = 1000;

export async function listen(chat, hear) {
  let now;
  try {
    const reply = await fetch(`/chat/${chat}`);
    if (!reply.ok) throw new Error(String(reply.status));
    now = await reply.json();
  } catch {
    hear.bot({ bot: "lost" });
    setTimeout(() => listen(chat, hear), AGAIN);
    return;
  }
  hear.clear();
  hear.profile(now);
  hear.bot(now);
  for (const message of now.messages) hear.message(message);
  follow(chat, hear, `${now.epoch}-${now.number}`);
}

// The browser connects again by itself and says what it saw last; the server then tells the rest, once.
function follow(chat, hear, after) {
  const source = new EventSource(`/chat/${chat}/live?after=${after}`);
  const restart = () => { source.close(); setTimeout(() => listen(chat, hear), AGAIN); };
  for (const kind of KINDS) source.addEventListener(kind, ({ data }) => hear[kind](JSON.parse(data)));
  source.addEventListener("reload", restart);
  source.addEventListener("error", () => {
    hear.bot({ bot: "lost" });
    if (source.readyState === EventSource.CLOSED) restart();
  });
}

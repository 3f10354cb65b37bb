// The page follows the database: a stream where the server has one to spare, a question every
// second where it has not.
import { ask, tell, Offline } from "./net.js";

const POLL = 900;
const ASK_AGAIN = 60;
const body = document.body;
let at = "";
let polling = 0;
let polls = 0;
let lost = false;

export function follow(onNews) {
  if (!body.dataset.events) return;
  const hear = (text) => {
    const news = JSON.parse(text);
    at = news.at;
    if (lost) tell("");
    lost = false;
    onNews(news);
  };
  stream(hear);
  addEventListener("online", () => onNews({ changed: [], people: [], everything: true }));
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) onNews({ changed: [], people: [], everything: true });
  });
}

function stream(hear) {
  const source = new EventSource(body.dataset.events + (at ? `?since=${encodeURIComponent(at)}` : ""));
  source.onmessage = (event) => hear(event.data);
  source.onerror = () => {
    // A stream that ended by itself reconnects; one that was refused (503, or no login) is closed.
    if (source.readyState === EventSource.CLOSED) poll(hear);
  };
  // Without this a page that is left keeps its place on the server until the next heartbeat.
  addEventListener("pagehide", () => source.close(), { once: true });
}

function poll(hear) {
  clearTimeout(polling);
  polling = setTimeout(async () => {
    let again = true;
    try {
      const since = at ? `?since=${encodeURIComponent(at)}` : "";
      hear(await (await ask(body.dataset.changes + since)).text());
    } catch (problem) {
      again = problem instanceof Offline;
      if (again && !lost) tell("连接断了，正在重连。写的内容都在。", true);
      lost = again;
    }
    polls += 1;
    if (again && polls % ASK_AGAIN === 0) stream(hear); // perhaps there is one to spare by now
    else if (again) poll(hear);
  }, document.hidden ? POLL * 4 : POLL);
}

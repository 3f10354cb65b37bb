// The page follows the database: a stream where the server has one to spare, a question every
// second where it has not. A connection that is silent for SILENT_MS counts as lost.
import { ask, tell, noticeHidden, Offline } from "./net.js";

const POLL = 900;
const ASK_AGAIN = 60;
const SILENT_MS = 4500; // the server's stream says something every two seconds
const body = document.body;
let at = "";
let polling = 0;
let polls = 0;
let lost = false;
let heardAt = Date.now();
let source = null;

export function follow(onNews) {
  if (!body.dataset.events) return;
  const everything = () => onNews({ changed: [], people: [], everything: true });
  const hear = (text) => {
    heardAt = Date.now();
    // A stream may outlive the network for a moment: one beat does not bring the rest back.
    if (lost && navigator.onLine) {
      lost = false;
      tell("");
      everything();
    }
    if (!text) return;
    const news = JSON.parse(text);
    at = news.at;
    onNews(news);
  };
  stream(hear);
  addEventListener("offline", missing);
  addEventListener("online", everything);
  document.addEventListener("visibilitychange", () => {
    heardAt = Date.now(); // a page out of sight is not woken in time to hear
    if (!document.hidden) everything();
  });
  setInterval(() => {
    if (document.hidden || Date.now() - heardAt < SILENT_MS) return;
    missing();
    heardAt = Date.now();
    source?.close();
    poll(hear);
  }, 500);
}

// An action that ends after the connection was lost hides the notice: show it again.
function missing() {
  if (!lost || noticeHidden()) tell("连接断了，正在重连。写的内容都在。", true);
  lost = true;
}

function stream(hear) {
  source?.close();
  source = new EventSource(body.dataset.events + (at ? `?since=${encodeURIComponent(at)}` : ""));
  const mine = source;
  source.onmessage = (event) => hear(event.data);
  source.addEventListener("beat", () => hear(""));
  source.onerror = () => {
    // A stream that ended by itself reconnects; one that was refused (503, or no login) is closed.
    if (mine.readyState === EventSource.CLOSED) poll(hear);
  };
  // Without this a page that is left keeps its place on the server until the next heartbeat.
  addEventListener("pagehide", () => mine.close(), { once: true });
}

function poll(hear) {
  clearTimeout(polling);
  polling = setTimeout(
    async () => {
      let again = true;
      try {
        const since = at ? `?since=${encodeURIComponent(at)}` : "";
        hear(await (await ask(body.dataset.changes + since)).text());
      } catch (problem) {
        again = problem instanceof Offline;
        if (again) missing();
        heardAt = Date.now();
      }
      polls += 1;
      if (again && polls % ASK_AGAIN === 0)
        stream(hear); // perhaps there is one to spare by now
      else if (again) poll(hear);
    },
    document.hidden ? POLL * 4 : POLL,
  );
}

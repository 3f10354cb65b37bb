// Talking to the server: one header names the script, one carries the token against forgery.
const token = document.querySelector('meta[name="csrf"]').content;
const trouble = document.getElementById("trouble");

export class Refused extends Error {}
export class Offline extends Error {}

export async function ask(address, options = {}) {
  let answer;
  try {
    answer = await fetch(address, {
      ...options,
      headers: { "X-Desk": "1", "X-CSRFToken": token, ...options.headers },
    });
  } catch {
    throw new Offline("网络断了，这一步没有做成。写的内容都在，连上以后请再点一次。");
  }
  if (answer.status === 401) {
    loggedOut();
    throw new Refused("登录已经过期");
  }
  if (answer.status === 429 || answer.status >= 500)
    throw new Offline("服务器暂时没有回应，这一步没有做成，请稍后再点一次。");
  if (!answer.ok) {
    const body = await answer.json().catch(() => ({}));
    throw new Refused(body.message || "没有办成，请刷新页面再试。");
  }
  return answer;
}

export function post(address, body) {
  return ask(address, { method: "POST", body });
}

function loggedOut() {
  const back = encodeURIComponent(location.pathname + location.search);
  trouble.innerHTML = `登录已经过期。没发出去的内容还在，<a href="/desk/login?next=${back}">重新登录</a>后继续。`;
  trouble.hidden = false;
}

export const noticeHidden = () => trouble.hidden;

let showing = 0;
export function tell(words, lasting = false) {
  clearTimeout(showing);
  trouble.textContent = words;
  trouble.hidden = !words;
  if (words && !lasting)
    showing = setTimeout(() => {
      trouble.hidden = true;
    }, 8000);
}

// Put a freshly rendered fragment into the page without disturbing whoever works there: what is
// typed, focused, opened or scrolled stays as it is.

// Filled by the script itself; the server's rendering of them is always empty.
const OWN = new Set(["guidance", "quick", "attached", "stack-note", "here-note", "draft", "cost", "told"]);

export function patch(old, fresh) {
  if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName) {
    old.replaceWith(fresh);
    return;
  }
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  if (old.nodeType !== Node.ELEMENT_NODE || OWN.has(old.id) || old.isEqualNode(fresh)) return;
  attributes(old, fresh);
  if (old.id === "thread") lines(old, fresh);
  else if (old.nodeName !== "TEXTAREA") children(old, fresh);
}

function attributes(old, fresh) {
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  for (const { name } of [...old.attributes]) {
    // `open` and `value` belong to the person, `hidden` to the script.
    if (!fresh.hasAttribute(name) && !["open", "value", "hidden", "style"].includes(name)) {
      old.removeAttribute(name);
    }
  }
}

function children(old, fresh) {
  let here = old.firstChild;
  for (const next of [...fresh.childNodes]) {
    const same = next.id ? [...old.children].find((child) => child.id === next.id) : null;
    if (same && same !== here) {
      old.insertBefore(same, here);
      patch(same, next);
    } else if (same || (here && !here.id && !next.id)) {
      const following = here.nextSibling;
      patch(here, next);
      here = following;
    } else {
      old.insertBefore(next, here);
    }
  }
  while (here) {
    const following = here.nextSibling;
    if (here.id === "" || !OWN.has(here.id)) here.remove();
    here = following;
  }
}

// The thread: lines are known by their id; older ones that were loaded while scrolling stay, and so
// do lines that are still on their way (data-pending) until the server's own line brings their key.
function lines(old, fresh) {
  const wanted = [...fresh.children];
  // The day of the first line stands above lines that are not in `fresh`, and there it stays.
  if (document.getElementById(wanted[0]?.id)?.className === "daymark") wanted.shift();
  const ids = new Set(wanted.map((line) => line.id));
  let last = null;
  for (const line of wanted) {
    const known = document.getElementById(line.id);
    if (known) patch(known, line);
    else if (last) last.after(line);
    else old.prepend(line);
    last = document.getElementById(line.id);
    const key = line.dataset.key;
    if (key) old.querySelector(`[data-pending="${key}"]`)?.remove();
  }
  const first = wanted[0] && document.getElementById(wanted[0].id);
  for (let line = first; line; ) {
    const following = line.nextElementSibling;
    if (!ids.has(line.id) && !line.dataset.pending) line.remove();
    line = following;
  }
}

export function fragment(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

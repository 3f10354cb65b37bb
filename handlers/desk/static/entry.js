// The entry's form: the bubble follows what is typed, and a phrasing that was heard is one tap away.
const form = document.querySelector("[data-entry]");
const bubble = form.querySelector("[data-bubble]");
const size = form.querySelector("[data-size]");
const limit = Number(size.dataset.limit);
const encoder = new TextEncoder();

function values(name) {
  return [...form.querySelectorAll(`[name="${name}"]`)].map((field) => field.value.trim());
}

function show() {
  const steps = values("step")
    .filter(Boolean)
    .map((step, number) => `${number + 1}. ${step}`)
    .join("\n");
  const text = [values("answer")[0], steps, values("after")[0]].filter(Boolean).join("\n\n");
  const bytes = encoder.encode(text).length;
  bubble.textContent = text || "（还没有答案）";
  size.textContent = `${bytes} / ${limit} 字节${bytes > limit ? "，太长了，微信一条发不下" : ""}`;
  size.classList.toggle("bad", bytes > limit);
}

function grow(event) {
  const steps = form.querySelectorAll(".step");
  const last = steps[steps.length - 1];
  if (!last.contains(event.target) || !event.target.value) return;
  const next = last.cloneNode(true);
  for (const field of next.querySelectorAll("textarea")) field.value = "";
  next.querySelector("span").textContent = steps.length + 1;
  last.after(next);
}

form.addEventListener("input", (event) => {
  grow(event);
  show();
});
for (const button of form.querySelectorAll("[data-add]")) {
  button.addEventListener("click", () => {
    const field = form.querySelector("#aliases");
    field.value = [field.value.trimEnd(), button.dataset.add].filter(Boolean).join("\n");
    button.remove();
  });
}

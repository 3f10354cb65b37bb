// Picking several conversations: all at once, and how many are picked.
const boxes = [...document.querySelectorAll('.picks input[name="id"]')];
const all = document.querySelector("[data-all]");

function count() {
  const picked = boxes.filter((box) => box.checked).length;
  document.getElementById("picked").textContent = picked ? `勾选了 ${picked} 个` : "还没有勾选";
  all.checked = picked === boxes.length;
  all.indeterminate = picked > 0 && picked < boxes.length;
}

if (all) {
  document.getElementById("pick-all").hidden = false;
  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    count();
  });
  for (const box of boxes) box.addEventListener("change", count);
}

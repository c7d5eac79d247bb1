/* What people press on the work page of a dialogue, the time they work, and how a session is handed in. */
(() => {
  "use strict";

  const dialogue = window.dialogue;
  if (!dialogue?.boxes) return;
  const { root, texts, turns, session, parts, changed, save, go } = dialogue;
  const { notice, clearNotice, ask, onKey, keysOn } = window.concord;
  const { turnBox, sessionBox, sessionPanel, turnPanel } = dialogue.boxes;
  const byId = (id) => document.getElementById(id);
  const rows = [...document.querySelectorAll("#turns > .turn")];
  const IDLE = 60000;
  const { here, inSession } = dialogue;

  /* ---- answers ---- */

  function alone(input) {
    const element = input.closest(".ask");
    const text = element.querySelector("textarea");
    if (input === text) element.querySelectorAll("[type=checkbox]").forEach((box) => { box.checked = box.checked && !text.value.trim(); });
    else if (input.checked && input.value.startsWith("~")) {
      element.querySelectorAll("input").forEach((other) => { other.checked = other === input; });
      if (text) text.value = "";
    } else if (input.type === "checkbox") element.querySelectorAll("[value^='~']").forEach((other) => { other.checked = false; });
  }

  function answered(event, part) {
    const element = event.target.closest(".ask[data-field]");
    if (element) alone(event.target);
    dialogue.read(part);
    if (element) {
      dialogue.remember(element);
      element.classList.remove("invalid");
      element.querySelector("[data-error]").hidden = true;
      dialogue.offers(element, part, element.dataset.field);
      dialogue.nextOffer(element.parentElement);
    }
    changed(part);
  }

  turnBox.addEventListener("input", (event) => answered(event, here()));
  sessionBox.addEventListener("input", (event) => answered(event, session));
  // A chosen radio button that is pressed again is taken back.
  [turnBox, sessionBox].forEach((box) => box.addEventListener("click", (event) => {
    if (!event.target.matches("input[type=radio]") || event.target.dataset.was !== "1") return;
    event.target.checked = false;
    event.target.dispatchEvent(new Event("input", { bubbles: true }));
  }));
  sessionPanel.addEventListener("focusin", () => dialogue.keysTo(sessionBox));
  turnPanel.addEventListener("focusin", () => { if (inSession()) dialogue.keysTo(turnBox); });
  turnBox.addEventListener("focusout", () => save(here()));
  sessionBox.addEventListener("focusout", () => save(session));

  /* ---- moving ---- */

  const press = (id, action) => byId(id).addEventListener("click", (event) => { event.preventDefault(); action(); });
  press("to-next", () => go(dialogue.current() + 1));
  press("to-previous", () => go(dialogue.current() - 1));
  press("to-unfinished", dialogue.unfinished);
  press("turn-done", dialogue.done);
  rows.forEach((row, n) => {
    row.addEventListener("click", (event) => {
      const chosen = !window.getSelection().isCollapsed;
      if (event.target.closest("a")) event.preventDefault();
      if (n !== dialogue.current() && !chosen) go(n, { scroll: false });
    });
  });
  byId("rail").addEventListener("click", (event) => {
    const box = event.currentTarget.getBoundingClientRect();
    const tick = [...event.currentTarget.children].indexOf(event.target);
    go(tick >= 0 ? tick : Math.min(turns.length - 1, Math.floor(((event.clientY - box.top) / box.height) * turns.length)));
  });
  onKey("g", () => { if (inSession()) dialogue.toTurn(); else dialogue.toSession(); });
  const panel = () => (inSession() ? sessionBox : turnBox);
  const waiting = () => dialogue.waiting(panel(), inSession() ? session : here());
  onKey("a", () => waiting().accept?.click());
  onKey("x", () => waiting().reject?.click());
  onKey("e", () => waiting().edit?.click());
  onKey("m", () => {
    const first = turnBox.querySelector("[data-mark]");
    if (first) first.click(); else dialogue.say(texts.first);
  });
  onKey("u", () => {
    const part = inSession() ? session : here();
    const open = dialogue.asksOf(panel()).filter((element) => !part.copy.fields[element.dataset.field]);
    open.map((element) => element.querySelector("[value='~unknown']")).find(Boolean)?.click();
  });

  // Tab leads from the turn, and from a label, into the next text; Shift+Tab leads back over what lies between. Who has
  // switched the letter keys off goes through everything in the order of the page.
  root.addEventListener("keydown", (event) => {
    if (event.key !== "Tab" || event.shiftKey || !keysOn()) return;
    const pick = event.target.closest(".pick");
    if (!pick && !event.target.matches(".turn")) return;
    const box = pick ? pick.closest(".ask").parentElement : panel();
    const behind = (element) => !pick || pick.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING;
    const seen = (selector) => [...box.querySelectorAll(selector)].find((element) => element.getClientRects().length && behind(element));
    const next = seen(".ask[data-field] textarea") ?? (pick ? null : seen("button, input, textarea"));
    if (!next) return;
    event.preventDefault();
    next.focus();
  });

  // Out of a text, so that the letters are keys again.
  byId("side").addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing || !event.target.matches("textarea")) return;
    event.preventDefault();
    rows[dialogue.current()].focus({ preventScroll: true });
  });

  /* ---- an earlier session of the case, in the place of this one ---- */

  const earlier = byId("earlier");
  const talk = earlier.closest(".talk");
  dialogue.leaveEarlier = () => {
    if (!talk.classList.contains("looking-back")) return;
    talk.classList.remove("looking-back");
    earlier.replaceChildren();
    rows[dialogue.current()].scrollIntoView({ block: "center" });
  };
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target !== earlier) return;
    talk.classList.add("looking-back");
    talk.querySelector(".earlier")?.removeAttribute("open");
    earlier.querySelector("[data-back]").addEventListener("click", () => { dialogue.leaveEarlier(); rows[dialogue.current()].focus({ preventScroll: true }); });
    earlier.focus({ preventScroll: true });
    window.scrollTo({ top: 0 });
  });
  earlier.addEventListener("keydown", (event) => { if (event.key === "Escape") earlier.querySelector("[data-back]")?.click(); });

  /* ---- time: only while the page is seen and used ---- */

  const spent = `concord-active-${root.dataset.token}`;
  const clock = {
    since: performance.now(), last: performance.now(),
    tick() {
      const now = performance.now();
      const more = document.hidden ? 0 : Math.max(0, Math.min(now, this.last + IDLE) - this.since);
      this.since = now;
      const kept = dialogue.memory.read(spent);
      dialogue.memory.write(spent, { ms: Math.round((kept.ms ?? 0) + more) });
      rest(more);
      return Math.round((kept.ms ?? 0) + more);
    },
    touch() { const now = performance.now(); if (now - this.last > 1000) { this.last = now; } },
  };
  ["keydown", "pointerdown", "pointermove", "scroll", "touchstart"].forEach((name) =>
    document.addEventListener(name, () => clock.touch(), { passive: true, capture: true }));
  setInterval(() => clock.tick(), 15000);
  document.addEventListener("visibilitychange", () => clock.tick());

  /* ---- a break, after the time the study sets; the count goes on from session to session ---- */

  const pause = Number(root.dataset.break || 0) * 60000;
  function rest(more) {
    if (!pause) return;
    let worked = Number(sessionStorage.getItem("concord-worked") ?? 0) + more;
    if (worked >= pause) {
      notice(texts.break.replace("%s", root.dataset.break), "", "break");
      const on = Object.assign(document.createElement("button"), { type: "button", className: "button small", textContent: texts.goOn });
      on.dataset.dismiss = "";
      document.querySelector('[data-notice="break"]')?.append(on);
      worked = 0;
    }
    sessionStorage.setItem("concord-worked", String(worked));
  }

  /* ---- handing in ---- */

  const form = byId("unit-form");
  const field = (name) => form.elements.namedItem(name);

  function lacking() {
    const part = parts.find((one) => dialogue.missing(one).length);
    if (!part) return false;
    if (part === session) dialogue.toSession(); else { dialogue.pick("turn"); if (part !== here()) go(part.n); }
    dialogue.complain(part);
    return true;
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (lacking()) return;
    if (!(await dialogue.flush())) return void notice(texts.unsent, "danger", "unsent");
    clearNotice("unsent");
    const open = turns.filter((part) => !dialogue.finished(part)).length;
    if (open && !(await ask(texts.undone.replace("%s", open), texts.handIn))) return;
    field("draft_version").value = dialogue.version();
    field("active_ms").value = clock.tick();
    dialogue.drop();
    dialogue.memory.drop(spent);
    form.submit();
  });

  /* ---- start ---- */

  dialogue.pick("turn");
  dialogue.counts();
  dialogue.putBack(texts.clash);
  dialogue.show({ focus: false });
  dialogue.fill(session);
})();

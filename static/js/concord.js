/* Concord's behaviour on every page. Everything here has a way that works without it; see docs/design-system.md. */
(() => {
  "use strict";

  const root = document.documentElement;
  const byId = (id) => document.getElementById(id);
  const texts = byId("js-texts")?.dataset ?? {};
  const csrf = () => document.querySelector('meta[name="csrf-token"]')?.content ?? "";

  const memory = {
    // Storage throws when the browser forbids it; a preference is never worth an error.
    get(key) { try { return localStorage.getItem(key); } catch { return null; } },
    set(key, value) { try { localStorage.setItem(key, value); } catch { /* kept for this page only */ } },
  };

  /* ---- messages: toasts for what may be missed, notices for what may not ---- */

  function toast(text) {
    const holder = byId("toasts");
    if (!holder || !text) return;
    const item = document.createElement("div");
    item.className = "toast";
    item.textContent = text;
    holder.append(item);
    setTimeout(() => item.remove(), 6000);
  }

  function notice(text, kind = "danger", key = "") {
    const holder = byId("notices");
    if (!holder || !text) return;
    clearNotice(key);
    const item = document.createElement("div");
    item.className = `notice ${kind}`;
    item.setAttribute("role", kind === "danger" ? "alert" : "status");
    if (key) item.dataset.notice = key;
    const words = document.createElement("p");
    words.textContent = text;
    item.append(words);
    holder.append(item);
    item.scrollIntoView({ block: "nearest" });
  }

  function clearNotice(key) {
    if (key) document.querySelectorAll(`[data-notice="${key}"]`).forEach((item) => item.remove());
  }

  document.addEventListener("toast", (event) => toast(event.detail?.value ?? event.detail));

  /* ---- theme: instant here, stored by the server ---- */

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-theme-form]") || !event.submitter) return;
    event.preventDefault();
    root.dataset.theme = event.submitter.value;
    form.querySelectorAll("button[name=theme]").forEach((button) =>
      button.setAttribute("aria-pressed", String(button === event.submitter)));
    const body = new FormData(form, event.submitter);
    fetch(form.action, { method: "POST", body, redirect: "manual", keepalive: true }).catch(() => {});
  });

  /* ---- dialogs ---- */

  function ask(question, label) {
    const dialog = byId("confirm-dialog");
    if (!dialog?.showModal) return Promise.resolve(window.confirm(question));
    dialog.querySelector("[data-question]").textContent = question;
    const yes = dialog.querySelector('[value="yes"]');
    yes.dataset.label ??= yes.textContent;
    yes.textContent = label || yes.dataset.label;
    dialog.returnValue = "";
    dialog.showModal();
    return new Promise((resolve) =>
      dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }));
  }

  const confirmed = new WeakSet();

  // Capture: it must come before htmx sees the submit.
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    const submitter = event.submitter;
    const source = submitter?.dataset.confirm ? submitter : form;
    if (!source.dataset.confirm || confirmed.delete(form)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!(await ask(source.dataset.confirm, source.dataset.confirmLabel))) return;
    confirmed.add(form);
    form.requestSubmit(submitter ?? undefined);
  }, true);

  document.addEventListener("htmx:confirm", (event) => {
    if (!event.detail.question) return;
    event.preventDefault();
    ask(event.detail.question, event.detail.elt.dataset.confirmLabel).then((yes) => yes && event.detail.issueRequest(true));
  });

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    if (opener) return byId(opener.dataset.dialog)?.showModal();
    if (event.target.closest("[data-close]")) return event.target.closest("dialog")?.close();
    if (event.target.closest("[data-dismiss]")) return event.target.closest(".notice")?.remove();
    const copier = event.target.closest("[data-copy]");
    if (copier) return void copy(copier);
    document.querySelectorAll("details.menu[open]").forEach((menu) => menu.contains(event.target) || (menu.open = false));
  });

  async function copy(button) {
    const source = document.querySelector(button.dataset.copy);
    const text = source?.value ?? source?.textContent.trim() ?? "";
    try {
      await navigator.clipboard.writeText(text);
      toast(texts.copied);
    } catch {
      // No clipboard outside a secure context: select it, so that one key press copies.
      source?.select?.();
      notice(texts.copyFailed, "warning", "copy");
    }
  }

  /* ---- keys ---- */

  const keys = new Map();
  const keysOn = () => memory.get("concord-keys") !== "off";
  const typing = (el) => el.isContentEditable || el.matches?.(
    'textarea, select, input:not([type="radio"], [type="checkbox"], [type="button"], [type="submit"], [type="range"])');
  const visible = (el) => !el.disabled && el.getClientRects().length > 0;

  function keyName(event) {
    return event.key === " " ? "Space" : event.key.length === 1 ? event.key.toLowerCase() : event.key;
  }

  function owner(name) {
    const layer = document.querySelector("dialog[open]") ?? document;
    return [...layer.querySelectorAll(`[data-key~="${CSS.escape(name)}"]`)].find(visible);
  }

  function press(el) {
    if (el.matches("textarea, select, input:not([type=radio], [type=checkbox], [type=submit], [type=button])")) el.focus();
    else if (el.matches("input")) { el.focus(); el.click(); }
    else el.click();
  }

  // A native control keeps the keys it lives by: Enter on a link or button, arrows inside another radio group.
  function nativeFirst(event, name, target) {
    const at = event.target;
    if (name === "Enter") return at.matches("a, button, summary") && at !== target;
    if (name === "Space") return at.matches("a, button, summary, input");
    return name.startsWith("Arrow") && at.matches("input") && at.name !== target?.name;
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.altKey) return;
    const name = keyName(event);
    const sendFromText = name === "Enter" && (event.ctrlKey || event.metaKey);
    if (!sendFromText && (event.ctrlKey || event.metaKey || typing(event.target))) return;
    if (name.length === 1 && !keysOn()) return;
    const target = owner(name);
    const action = keys.get(name);
    if (name === "Escape") return closeMenus();
    if ((!target && !action) || event.repeat || nativeFirst(event, name, target)) return;
    if (!target && document.querySelector("dialog[open]")) return;
    event.preventDefault();
    if (target) press(target); else action(event);
  });

  function closeMenus() {
    document.querySelectorAll("details.menu[open]").forEach((menu) => {
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  }

  /* ---- htmx ---- */

  document.addEventListener("htmx:configRequest", (event) => { event.detail.headers["X-CSRFToken"] = csrf(); });
  ["htmx:sendError", "htmx:timeout"].forEach((name) =>
    document.addEventListener(name, () => notice(texts.offline, "danger", "net")));
  document.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    notice(status === 401 || status === 403 ? texts.refused : status === 429 ? texts.slow : texts.failed, "danger", "net");
  });
  document.addEventListener("htmx:afterRequest", (event) => { if (event.detail.successful) clearNotice("net"); });
  document.addEventListener("htmx:load", (event) => enhance(event.detail.elt));

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-autosubmit]")) event.target.form?.requestSubmit();
    if (event.target.matches("[data-keys-switch]")) memory.set("concord-keys", event.target.checked ? "on" : "off");
  });

  /* ---- things that depend on the width of the window ---- */

  const sizes = new ResizeObserver((entries) => entries.forEach(({ target }) => {
    if (target.matches(".dock")) {
      root.style.setProperty("--dock-height", `${target.offsetHeight}px`);
      return;
    }
    if (target.matches(".nav-line, .tabs")) {
      // Not scrollIntoView: it would leave the place that the address names.
      const here = target.querySelector("[aria-current]")?.getBoundingClientRect(), frame = target.getBoundingClientRect();
      if (here) target.scrollLeft += here.left + here.width / 2 - frame.left - frame.width / 2;
      return;
    }
    const overflows = target.scrollWidth > target.clientWidth + 1;
    target.classList.toggle("overflows", overflows);
    // A region that scrolls must be reachable with the keyboard; one that does not is no stop.
    if (overflows) target.tabIndex = 0; else target.removeAttribute("tabindex");
  }));

  // One box ticks all of a name in its form.
  document.addEventListener("change", ({ target }) => {
    if (!target.dataset.tickAll) return;
    target.form.querySelectorAll(`input[name="${CSS.escape(target.dataset.tickAll)}"]`).forEach((box) => { box.checked = target.checked; });
  });

  function foldDrawer(details) {
    const stored = memory.get("concord-guideline");
    const roomy = window.matchMedia("(min-width: 64rem)").matches;
    details.open = roomy && stored !== "closed";
    details.addEventListener("toggle", () => roomy && memory.set("concord-guideline", details.open ? "open" : "closed"));
  }

  function enhance(scope) {
    const all = (selector) => [...(scope.matches?.(selector) ? [scope] : []), ...scope.querySelectorAll(selector)];
    all(".table-wrap, .dock, .nav-line, .tabs").forEach((el) => sizes.observe(el));
    all(".drawer > details").forEach(foldDrawer);
    all("[data-keys-switch]").forEach((box) => { box.checked = keysOn(); });
  }

  enhance(document);
  byId("error-summary")?.focus();
  window.concord = { toast, notice, clearNotice, ask, keysOn, onKey: (name, action) => keys.set(name, action) };
})();

/* Screening: once a dialogue is to be dropped, the reason is the next thing to say. Without this file Tab leads there. */
(() => {
  "use strict";
  document.addEventListener("change", (event) => {
    if (!event.target.matches(".screening-dock [name=values]") || event.target.value !== "drop") return;
    const reason = document.querySelector(".screening-dock select[name=reason]");
    if (reason && !reason.value) reason.focus();
  });
})();

// Words selected in the text become the words to replace.
"use strict";
{
  const field = document.querySelector("[data-alias] [name=words]");
  const text = document.getElementById("alias-text");
  if (field && text) {
    text.addEventListener("pointerup", () => {
      const chosen = String(getSelection()).trim();
      if (chosen && chosen.length <= field.maxLength && !chosen.includes("\n")) field.value = chosen;
    });
  }
}

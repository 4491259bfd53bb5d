"use strict";
// The page holds both languages; this shows one of them and remembers it in the address.
(function () {
  var root = document.documentElement;
  function show(lang) {
    root.lang = lang;
    var title = document.querySelector('h1 [lang="' + lang + '"]').textContent;
    document.title = title + " · marketsim";
  }
  if (location.hash === "#zh" || location.hash === "#en") show(location.hash.slice(1));
  document.getElementById("switch").addEventListener("click", function () {
    show(root.lang === "zh" ? "en" : "zh");
    history.replaceState(null, "", "#" + root.lang);
  });
})();

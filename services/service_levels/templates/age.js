(function () {
  var page = document.documentElement, age = document.getElementById("age"), stale = document.getElementById("stale");
  var written = Date.parse(page.getAttribute("data-written")), limit = 1000 * page.getAttribute("data-stale-seconds");
  function words(minutes) {
    if (minutes < 1) return "less than a minute";
    if (minutes < 120) return minutes + (minutes === 1 ? " minute" : " minutes");
    return minutes < 2880 ? Math.floor(minutes / 60) + " hours" : Math.floor(minutes / 1440) + " days";
  }
  function show() {
    var passed = Math.max(0, Date.now() - written), text = words(Math.floor(passed / 60000));
    age.textContent = ", " + text + " ago";
    document.getElementById("stale-age").textContent = text;
    page.classList.toggle("is-stale", passed > limit);
    if (stale.hidden !== passed <= limit) stale.hidden = passed <= limit;
  }
  show();
  setInterval(show, 30000);
})();

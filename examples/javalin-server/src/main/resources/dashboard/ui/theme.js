// Runs before anything is painted, so that a chosen theme does not flash the other one. Not a module: those wait.
(function () {
  try {
    var chosen = localStorage.getItem("prime-spark.theme");
    if (chosen === "light" || chosen === "dark") {
      document.documentElement.dataset.theme = chosen;
    }
  } catch (e) {
    // storage is forbidden: the system's theme it is
  }
})();

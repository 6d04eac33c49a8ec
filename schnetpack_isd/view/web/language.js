// Some browsers report a language that is no language tag, such as "C". uPlot formats numbers for it, and would fail.
try {
  new Intl.NumberFormat(navigator.language);
} catch {
  Object.defineProperty(navigator, "language", { value: "en" });
}

//! Tables in markdown, a row at a time, and what a run makes of its figures: medians, ratios, verdicts.

use std::io::Write;

use hdrhistogram::Histogram;

/// What Kora's rate is held against.
#[derive(Clone, Copy)]
pub(crate) struct Target {
    /// The peers of which the best counts.
    pub rivals: &'static [&'static str],
    /// How many times better than it Kora is to be; `None` where only the ratio is of interest.
    pub at_least: Option<f64>,
}

impl Target {
    /// Whether Kora and one of the rivals are among the peers of a table.
    pub(crate) fn concerns(self, names: &[&str]) -> bool {
        names.contains(&JUDGED) && self.rivals.iter().any(|rival| names.contains(rival))
    }

    /// The head of its column.
    pub(crate) fn head(self) -> String {
        let rival = if let [only] = self.rivals { only } else { "best" };
        let at_least =
            self.at_least.map_or_else(String::new, |at_least| format!(" >= {at_least}x"));
        format!("{JUDGED}/{rival}{at_least}")
    }

    /// How Kora stands against the best of its rivals in a cell: the ratio, and the verdict if there is one to give.
    /// `names` and `rounds` go together.
    pub(crate) fn cell(self, names: &[&str], rounds: &Rounds) -> String {
        let Some(ratio) = self.ratio(names, rounds) else {
            return "-".into();
        };
        held(format!("{ratio:.2}x"), self.at_least.map(|at_least| ratio >= at_least))
    }

    fn ratio(self, names: &[&str], rounds: &Rounds) -> Option<f64> {
        let figures = |name: &str| names.iter().zip(rounds).find(|(at, _)| **at == name);
        let (_, judged) = figures(JUDGED)?;
        let best = self
            .rivals
            .iter()
            .filter_map(|name| figures(name).map(|(_, rates)| rates))
            .filter(|rates| !rates.is_empty())
            .max_by(|one, two| median(one).total_cmp(&median(two)))?;
        ratio(judged, best)
    }
}

/// The median of the ratios of two figures, round by round: a disturbance of the machine that lasts for a round falls
/// on both.
pub(crate) fn ratio(ours: &[f64], theirs: &[f64]) -> Option<f64> {
    let ratios: Vec<_> = ours.iter().zip(theirs).map(|(ours, theirs)| ours / theirs).collect();
    (!ratios.is_empty()).then(|| median(&ratios))
}

/// A figure with the verdict on it, if there is one.
pub(crate) fn held(figure: String, met: Option<bool>) -> String {
    match met {
        Some(true) => format!("{figure} met"),
        Some(false) => format!("{figure} SHORT"),
        None => figure,
    }
}

/// The name of the peer that is judged.
pub(crate) const JUDGED: &str = "kora";

/// A table that is printed while it grows, so its columns have a least width. What is to be
/// said about its rows waits until it ends, or it would cut the table in two.
pub(crate) struct Table {
    widths: Vec<usize>,
    notes: Vec<String>,
}

impl Table {
    /// Prints the title and the head.
    pub(crate) fn new<S: AsRef<str>>(title: &str, head: &[S]) -> Self {
        line(&format!("\n### {title}\n"));
        let widths = head.iter().map(|name| name.as_ref().len().max(WIDTH)).collect();
        let table = Self { widths, notes: Vec::new() };
        table.row(head);
        let rules = table.widths.iter().map(|width| format!("{}:", "-".repeat(width - 1)));
        table.row(&rules.collect::<Vec<_>>());
        table
    }

    /// Prints a row.
    pub(crate) fn row<S: AsRef<str>>(&self, cells: &[S]) {
        assert_eq!(cells.len(), self.widths.len(), "a row is as long as the head");
        let cells = cells.iter().zip(&self.widths);
        let cells: Vec<_> =
            cells.map(|(cell, &width)| format!("{:>width$}", cell.as_ref())).collect();
        line(&format!("| {} |", cells.join(" | ")));
    }

    /// Keeps something to be said below the table.
    pub(crate) fn note(&mut self, text: String) {
        self.notes.push(text);
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        if !self.notes.is_empty() {
            line("");
        }
        self.notes.iter().for_each(|note| line(&format!("* {note}")));
    }
}

/// As wide as the longest name of a peer.
const WIDTH: usize = 13;

/// Prints a line at once, also into a pipe.
pub(crate) fn line(text: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}").and_then(|()| out.flush()).expect("standard output takes the report");
}

/// The figures of one cell: a list a peer, an item a round. Empty for a peer that cannot do it.
pub(crate) type Rounds = Vec<Vec<f64>>;

/// The middle figure; 0 of none.
pub(crate) fn median(figures: &[f64]) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    match (sorted.len(), sorted.len() / 2) {
        (0, _) => 0.0,
        (count, middle) if count % 2 == 0 => f64::midpoint(sorted[middle - 1], sorted[middle]),
        (_, middle) => sorted[middle],
    }
}

/// The median of a peer's rounds in millions, or a dash.
pub(crate) fn millions(rates: &[f64]) -> String {
    if rates.is_empty() { "-".into() } else { digits(median(rates) / 1e6) }
}

/// Nanoseconds a step at a median of these rates; `None` of none.
pub(crate) fn step_ns(rates: &[f64]) -> Option<f64> {
    (!rates.is_empty()).then(|| 1e9 / median(rates))
}

/// Three digits of a figure.
pub(crate) fn digits(figure: f64) -> String {
    match figure {
        figure if figure >= 99.95 => format!("{figure:.0}"),
        figure if figure >= 9.995 => format!("{figure:.1}"),
        figure if figure >= 0.0995 => format!("{figure:.2}"),
        figure => format!("{figure:.3}"),
    }
}

/// Nanoseconds as a person reads them.
pub(crate) fn nanoseconds(figure: u64) -> String {
    match figure as f64 {
        figure if figure < 1e4 => format!("{figure:.0}"),
        figure if figure < 1e6 => format!("{}us", digits(figure / 1e3)),
        figure => format!("{}ms", digits(figure / 1e6)),
    }
}

/// `p50/p99/p99.9` of a histogram.
pub(crate) fn percentiles(latency: &Histogram<u64>) -> String {
    let at = |share| nanoseconds(latency.value_at_quantile(share));
    format!("{}/{}/{}", at(0.5), at(0.99), at(0.999))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TARGET: Target = Target { rivals: &["a", "b"], at_least: Some(1.3) };

    #[test]
    fn verdict_is_against_the_best_rival() {
        let names = ["kora", "a", "b", "c"];
        let rounds = vec![vec![2.6, 2.8], vec![1.0, 1.0], vec![2.0, 2.0], vec![9.0, 9.0]];
        assert_eq!(TARGET.head(), "kora/best >= 1.3x");
        assert_eq!(TARGET.cell(&names, &rounds), "1.35x met");
        assert_eq!(Target { at_least: None, ..TARGET }.cell(&names, &rounds), "1.35x");
    }

    #[test]
    fn shortfall_is_said() {
        let rounds = vec![vec![1.0], vec![1.0], vec![]];
        assert_eq!(TARGET.cell(&["kora", "a", "b"], &rounds), "1.00x SHORT");
    }

    #[test]
    fn no_verdict_without_the_judged_or_its_rivals() {
        for (names, rounds) in
            [(&["a"][..], vec![vec![1.0]]), (&["kora", "c"], vec![vec![1.0], vec![1.0]])]
        {
            assert!(!TARGET.concerns(names));
            assert_eq!(TARGET.cell(names, &rounds), "-");
        }
        assert!(TARGET.concerns(&["kora", "b"]));
        assert_eq!(TARGET.cell(&["kora", "b"], &vec![vec![1.0], vec![]]), "-");
    }

    #[test]
    fn medians() {
        assert_eq!(median(&[]), 0.0);
        assert_eq!((step_ns(&[]), step_ns(&[1e7])), (None, Some(100.0)));
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
    }

    #[test]
    fn figures_have_three_digits() {
        let shown = [0.024, 0.5, 2.345, 23.456, 234.567].map(digits);
        assert_eq!(shown, ["0.024", "0.50", "2.35", "23.5", "235"]);
        assert_eq!(nanoseconds(950), "950");
        assert_eq!(nanoseconds(41_000), "41.0us");
        assert_eq!(nanoseconds(3_100_000), "3.10ms");
    }
}

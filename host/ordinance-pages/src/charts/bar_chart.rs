//! Bars: a row for each thing, with its name, a bar and its number.

use maud::{Markup, html};

use super::drawing::{ChartHead, cut, number, width_of};

const WIDTH: f64 = 640.0;
const ROW: f64 = 44.0;
const SIZE: f64 = 15.0;

/// A bar.
#[derive(Debug, Clone)]
pub struct ChartBar {
    /// What it is of.
    pub label: String,
    /// Its length beside the others.
    pub amount: u64,
    /// Its number as people read it.
    pub text: String,
    /// Whether the number is only known to be at least this, so that its end is drawn open.
    pub is_open: bool,
}

/// A chart of bars.
#[derive(Debug)]
pub struct BarChart<'a> {
    /// What it is called.
    pub head: ChartHead<'a>,
    /// Its bars, top first.
    pub bars: Vec<ChartBar>,
}

impl BarChart<'_> {
    /// Draws it; nothing without bars.
    #[must_use]
    pub fn markup(&self) -> Markup {
        if self.bars.is_empty() {
            return html! {};
        }
        let most = self.bars.iter().map(|bar| bar.amount).max().unwrap_or(0).max(1);
        let for_numbers = self.bars.iter().map(|bar| width_of(&bar.text, SIZE)).fold(0.0, f64::max) + 12.0;
        let room = (WIDTH - for_numbers).max(40.0);
        let rows = f64::from(u32::try_from(self.bars.len()).unwrap_or(u32::MAX));
        let content = html! {
            @for (at, bar) in (0_u32..).zip(&self.bars) { (row(bar, f64::from(at) * ROW, room * share(bar.amount, most))) }
        };
        self.head.svg((WIDTH, rows * ROW), &content)
    }
}

/// A bar at a height, as long as this.
fn row(bar: &ChartBar, y: f64, length: f64) -> Markup {
    html! {
        g {
            text x="0" y=(number(y + 15.0)) font-size=(number(SIZE)) fill="#0b0c0c" { (cut(&bar.label, WIDTH, SIZE)) }
            rect x="0" y=(number(y + 21.0)) width=(number(length.max(2.0))) height="16" fill="#2f6ea8" {}
            @if bar.is_open {
                path d=(format!("M{0} {1}l7 8l-7 8", number(length + 2.0), number(y + 21.0))) fill="none"
                    stroke="#2f6ea8" stroke-width="2" {}
            }
            text x=(number(length + 12.0)) y=(number(y + 34.0)) font-size=(number(SIZE)) fill="#0b0c0c" { (bar.text) }
        }
    }
}

/// A number as a share of the greatest, from 0 to 1, to a thousandth.
fn share(amount: u64, most: u64) -> f64 {
    let thousandths = u128::from(amount) * 1_000 / u128::from(most.max(1));
    f64::from(u32::try_from(thousandths).unwrap_or(1_000)) / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(label: &str, amount: u64, is_open: bool) -> ChartBar {
        ChartBar { label: label.to_owned(), amount, text: amount.to_string(), is_open }
    }

    fn drawn(bars: Vec<ChartBar>) -> String {
        let head = ChartHead { id: "bars", title: "Decisions", description: "By month" };
        BarChart { head, bars }.markup().into_string()
    }

    #[test]
    fn each_bar_has_its_name_its_number_and_an_open_end_where_it_may_be_longer() {
        let svg = drawn(vec![bar("2026-09 <", 40, false), bar("2026-10", 20, true)]);
        assert!(svg.contains(">2026-09 &lt;</text>"), "{svg}");
        assert!(svg.contains(">40</text>"), "{svg}");
        assert_eq!(svg.matches("<path").count(), 1);
    }

    #[test]
    fn the_greatest_number_has_the_longest_bar_whatever_it_is() {
        assert!((share(u64::MAX, u64::MAX) - 1.0).abs() < 1e-9);
        assert!((share(1, 4) - 0.25).abs() < 1e-9);
        assert!((share(0, 0)).abs() < 1e-9);
        assert_eq!(drawn(Vec::new()), "");
    }
}

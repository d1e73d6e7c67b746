//! Bars of counts: one for each row, in parts of several kinds, to both sides of a line if some kinds stand against the
//! others.

use maud::{Markup, html};

use crate::words::is_han;

/// The width of a chart in its own units. A narrow screen of 320 pixels shows it almost as large.
const WIDTH: u64 = 320;
/// The units between the bars and both edges.
const MARGIN: u64 = 1;
/// The height of the letters.
const LETTER: u64 = 13;
/// The height of a line of words, and of a bar.
const LINE: u64 = 19;
const BAR: u64 = 16;
/// The units between two rows.
const GAP: u64 = 11;
/// The side of the square beside a name in the legend.
const SWATCH: u64 = 14;

/// How the parts of one kind look. They differ by their pattern too, for who doesn't see colours and on paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BarFill {
    /// Dark all over.
    Solid,
    /// With slanting stripes.
    Striped,
    /// With dots.
    Dotted,
    /// White within a line.
    Hollow,
}

/// One kind of parts of the bars, such as the people who gain.
#[derive(Debug, Clone, Copy)]
pub struct BarSeries<'a> {
    /// Its name in the legend.
    pub name: &'a str,
    /// How its parts look.
    pub fill: BarFill,
    /// Whether its parts stand to the left of the line, against the others.
    pub is_against: bool,
}

/// One bar.
#[derive(Debug, Clone)]
pub struct BarRow {
    /// What it is about; a long one is cut short, so the table beside the chart must have it in full.
    pub label: String,
    /// Its numbers in words, at the right of the label.
    pub numbers: String,
    /// The length of each part, in the order of the kinds; those that are missing are 0.
    pub counts: Vec<u64>,
}

/// A chart of bars that are as long as what they count.
#[derive(Debug, Clone)]
pub struct StackedBarChart<'a> {
    /// Unique on the page, a word of letters, digits and hyphens: the ids within the chart begin with it.
    pub id: &'a str,
    /// What screen readers call it.
    pub title: &'a str,
    /// What it shows, in a sentence.
    pub description: &'a str,
    /// The kinds of parts.
    pub series: &'a [BarSeries<'a>],
    /// The bars, from the top.
    pub rows: &'a [BarRow],
}

/// A part of a bar: from which unit, how many, and how it looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct BarPart {
    from: u64,
    width: u64,
    fill: BarFill,
}

impl StackedBarChart<'_> {
    /// The chart.
    #[must_use]
    pub fn svg(&self) -> Markup {
        let id = |what: &str| format!("{}-{what}", self.id);
        // One kind needs no legend: the title says what is counted.
        let named = if self.series.len() > 1 { self.series } else { &[] };
        let legend = named.len() as u64 * LINE;
        let height = legend + self.rows.len() as u64 * (LINE + BAR + GAP) + GAP;
        let line = self.line();
        html! {
            svg class="app-stacked-bars" role="img" aria-labelledby={ (id("title")) " " (id("description")) }
                viewBox={ "0 0 " (WIDTH) " " (height) } {
                title id=(id("title")) { (self.title) }
                desc id=(id("description")) { (self.description) }
                defs { (patterns(self.id)) }
                @for (at, series) in (0..).zip(named) { (self.legend_entry(series, at * LINE)) }
                @for (at, row) in (0..).zip(self.rows) {
                    (self.row(row, legend + GAP + at * (LINE + BAR + GAP)))
                }
                @if let Some(line) = line.filter(|_| self.series.iter().any(|series| series.is_against)) {
                    line x1=(line) x2=(line) y1=(legend + LINE) y2=(height - GAP / 2) stroke="#0b0c0c"
                        stroke-dasharray="2 2" {}
                }
            }
        }
    }

    fn legend_entry(&self, series: &BarSeries<'_>, top: u64) -> Markup {
        html! {
            (self.rectangle(BarPart { from: MARGIN, width: SWATCH, fill: series.fill }, top + 1, SWATCH))
            text x=(SWATCH + 8) y=(top + LETTER) font-size=(LETTER) { (shortened(series.name, WIDTH - SWATCH - 8)) }
        }
    }

    fn row(&self, row: &BarRow, top: u64) -> Markup {
        let numbers = width_of(&row.numbers);
        let label = shortened(&row.label, WIDTH.saturating_sub(numbers + LETTER));
        html! {
            text x="0" y=(top + LETTER) font-size=(LETTER) { (label) }
            text x=(WIDTH) y=(top + LETTER) font-size=(LETTER) text-anchor="end" { (row.numbers) }
            @for part in self.parts(row) { (self.rectangle(part, top + LINE, BAR)) }
        }
    }

    fn rectangle(&self, part: BarPart, top: u64, height: u64) -> Markup {
        let fill = match part.fill {
            BarFill::Solid => "#14375a".to_owned(),
            BarFill::Striped => format!("url(#{}-stripes)", self.id),
            BarFill::Dotted => format!("url(#{}-dots)", self.id),
            BarFill::Hollow => "#fff".to_owned(),
        };
        html! {
            rect x=(part.from) y=(top) width=(part.width) height=(height) fill=(fill) stroke="#0b0c0c" {}
        }
    }

    /// The unit of the line from which the bars go to both sides. `None` if there is nothing to show.
    fn line(&self) -> Option<u64> {
        let [left, right] = self.longest();
        (left + right > 0).then(|| MARGIN + left * (WIDTH - 2 * MARGIN) / (left + right))
    }

    /// The longest bar to the left and the longest to the right, in what they count.
    fn longest(&self) -> [u64; 2] {
        let side = |row: &BarRow, is_against| -> u64 {
            let parts = self.series.iter().zip(&row.counts);
            parts.filter(|(series, _)| series.is_against == is_against).map(|(_, count)| count).sum()
        };
        [true, false].map(|is_against| self.rows.iter().map(|row| side(row, is_against)).max().unwrap_or_default())
    }

    /// The parts of a bar that count something. Each has at least one unit, so that none disappears.
    fn parts(&self, row: &BarRow) -> Vec<BarPart> {
        let Some(line) = self.line() else { return Vec::new() };
        let all = self.longest().iter().sum::<u64>().max(1);
        let (mut left, mut right) = (line, line);
        let mut parts = Vec::new();
        for (series, count) in self.series.iter().zip(&row.counts).filter(|(_, count)| **count > 0) {
            let width = (count * (WIDTH - 2 * MARGIN) / all).max(1);
            let from = if series.is_against { left.saturating_sub(width) } else { right };
            match series.is_against {
                true => left = from,
                false => right += width,
            }
            parts.push(BarPart { from, width, fill: series.fill });
        }
        parts
    }
}

/// The patterns of a chart. Their ids are its own, since all charts of a page share one space of ids.
fn patterns(id: &str) -> Markup {
    html! {
        pattern id={ (id) "-stripes" } width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)" {
            rect width="6" height="6" fill="#fff" {}
            rect width="3" height="6" fill="#a8324a" {}
        }
        pattern id={ (id) "-dots" } width="6" height="6" patternUnits="userSpaceOnUse" {
            rect width="6" height="6" fill="#fff" {}
            circle cx="3" cy="3" r="1.6" fill="#6b4a00" {}
        }
    }
}

/// About how many units a text takes: the letters of fonts differ, so it is rather too much.
fn width_of(text: &str) -> u64 {
    text.chars().map(width_of_letter).sum::<u64>() / 10
}

/// The width of a letter in tenths of a unit.
fn width_of_letter(letter: char) -> u64 {
    if is_han(letter) || ('\u{3000}'..='\u{ffef}').contains(&letter) { LETTER * 10 } else { LETTER * 11 / 2 }
}

/// As much of a text as fits into so many units, with a sign that it goes on.
fn shortened(text: &str, units: u64) -> String {
    if width_of(text) <= units {
        return text.to_owned();
    }
    let mut left = (units * 10).saturating_sub(width_of_letter('…'));
    let mut shortened = String::new();
    for letter in text.chars() {
        let width = width_of_letter(letter);
        if width > left {
            break;
        }
        left -= width;
        shortened.push(letter);
    }
    shortened.push('…');
    shortened
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERIES: [BarSeries<'_>; 2] = [
        BarSeries { name: "gain", fill: BarFill::Solid, is_against: false },
        BarSeries { name: "lose", fill: BarFill::Striped, is_against: true },
    ];

    fn row(label: &str, counts: &[u64]) -> BarRow {
        BarRow { label: label.to_owned(), numbers: "1 < 2".to_owned(), counts: counts.to_vec() }
    }

    fn chart<'a>(series: &'a [BarSeries<'a>], rows: &'a [BarRow]) -> StackedBarChart<'a> {
        StackedBarChart { id: "places", title: "By <place>", description: "Who gains & who loses", series, rows }
    }

    #[test]
    fn bars_go_to_both_sides_of_the_line_as_far_as_they_count() {
        let rows = [row("A", &[30, 10]), row("B", &[0, 10]), row("C", &[])];
        let chart = chart(&SERIES, &rows);
        assert_eq!(chart.line(), Some(1 + 318 / 4));
        let part = |from, width, fill| BarPart { from, width, fill };
        assert_eq!(chart.parts(&rows[0]), [part(80, 238, BarFill::Solid), part(1, 79, BarFill::Striped)]);
        assert_eq!(chart.parts(&rows[1]), [part(1, 79, BarFill::Striped)]);
        assert_eq!(chart.parts(&rows[2]), []);
    }

    #[test]
    fn parts_of_one_side_follow_each_other_and_none_disappears() {
        let series = [SERIES[0], BarSeries { name: "other", fill: BarFill::Dotted, is_against: false }];
        let rows = [row("A", &[1_000_000, 1])];
        let parts = chart(&series, &rows).parts(&rows[0]);
        assert_eq!(parts[0].from, MARGIN);
        assert_eq!(parts[1].from, MARGIN + parts[0].width);
        assert_eq!(parts[1].width, 1);
    }

    #[test]
    fn a_chart_of_nothing_has_no_line_and_no_bar() {
        let rows = [row("A", &[0, 0])];
        let chart = chart(&SERIES, &rows);
        assert_eq!(chart.line(), None);
        assert!(!chart.svg().into_string().contains("<line"));
    }

    #[test]
    fn it_is_called_by_its_title_and_escapes_every_text() {
        let rows = [row("<b>", &[1, 2])];
        let svg = chart(&SERIES, &rows).svg().into_string();
        for part in [
            "role=\"img\" aria-labelledby=\"places-title places-description\"",
            "<title id=\"places-title\">By &lt;place&gt;</title>",
            "<desc id=\"places-description\">Who gains &amp; who loses</desc>",
            ">&lt;b&gt;</text>",
            ">1 &lt; 2</text>",
            "fill=\"url(#places-stripes)\"",
            "<pattern id=\"places-stripes\"",
        ] {
            assert!(svg.contains(part), "{part}: {svg}");
        }
        // The policy of the pages allows no style within them.
        assert!(!svg.contains("style="), "{svg}");
    }

    #[test]
    fn a_label_that_is_too_long_is_cut_short() {
        assert_eq!(shortened("short", 100), "short");
        assert_eq!(shortened("芝罘区芝罘区芝罘区", 60), "芝罘区芝…");
        assert_eq!(shortened("anything", 0), "…");
    }
}

//! A timeline: a lane for each thing, with spans of days in it, and a line for a day.

use jiff::civil::Date;
use maud::{Markup, html};

use super::drawing::{ChartHead, cut, number, width_of};

const WIDTH: f64 = 960.0;
const LANE: f64 = 62.0;
const AXIS: f64 = 30.0;
const SIZE: f64 = 14.0;
/// The most years that have a mark of their own.
const MARKS_MAX: i32 = 12;

/// What a span is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpanKind {
    /// It holds.
    Firm,
    /// It is planned: a dashed edge.
    Planned,
    /// Nothing holds: stripes.
    Gap,
    /// It can't be used: red with crosses.
    Broken,
}

/// A span of days.
#[derive(Debug, Clone)]
pub struct TimelineSpan {
    /// Its first day.
    pub from: Date,
    /// The first day after it; `None` if it has no end.
    pub until: Option<Date>,
    /// What it says.
    pub text: String,
    /// What it is.
    pub kind: SpanKind,
    /// Days within it on which something changes.
    pub changes: Vec<Date>,
}

/// A row of spans.
#[derive(Debug, Clone)]
pub struct TimelineLane {
    /// What it is of.
    pub label: String,
    /// Its spans.
    pub spans: Vec<TimelineSpan>,
}

/// A timeline.
#[derive(Debug)]
pub struct TimelineChart<'a> {
    /// What it is called.
    pub head: ChartHead<'a>,
    /// Its rows, top first.
    pub lanes: Vec<TimelineLane>,
    /// The day that has a line, and what it is called.
    pub day: (Date, &'a str),
}

/// The days that a chart shows.
#[derive(Debug, Clone, Copy)]
struct ShownDays {
    first: Date,
    days: f64,
}

impl ShownDays {
    /// Of all days of spans that have a first day, and a year on both sides.
    fn of(lanes: &[TimelineLane], day: Date) -> Self {
        let days = lanes.iter().flat_map(|lane| &lane.spans).flat_map(|span| {
            let days = span.changes.iter().copied().chain([span.from]).chain(span.until);
            days.filter(|day| (1_000..9_000).contains(&day.year())).collect::<Vec<_>>()
        });
        let (mut first, mut last) = (day, day);
        for day in days {
            first = first.min(day);
            last = last.max(day);
        }
        let begin = Date::new(first.year().saturating_sub(1), 1, 1).unwrap_or(first);
        let end = Date::new(last.year().saturating_add(2), 1, 1).unwrap_or(last);
        Self { first: begin, days: f64::from(days_between(begin, end).max(1)) }
    }

    fn x(&self, day: Date) -> f64 {
        (f64::from(days_between(self.first, day)) / self.days).clamp(0.0, 1.0) * WIDTH
    }

    /// The years that have a mark.
    fn years(&self) -> Vec<Date> {
        let begin = i32::from(self.first.year());
        let count = (self.days / 365.25).round().clamp(1.0, 20_000.0);
        let mut years = Vec::new();
        for step in [1, 2, 5, 10, 20, 50, 100, 1_000, 10_000] {
            years = (0..=20_000_i32)
                .take_while(|at| f64::from(*at) <= count)
                .map(|at| begin + at)
                .filter(|year| year % step == 0)
                .collect();
            if i32::try_from(years.len()).unwrap_or(i32::MAX) <= MARKS_MAX {
                break;
            }
        }
        years.into_iter().filter_map(|year| Date::new(i16::try_from(year).ok()?, 1, 1).ok()).collect()
    }
}

fn days_between(one: Date, other: Date) -> i32 {
    one.until(other).map_or(0, |span| span.get_days())
}

impl TimelineChart<'_> {
    /// Draws it; nothing without spans.
    #[must_use]
    pub fn markup(&self) -> Markup {
        if self.lanes.iter().all(|lane| lane.spans.is_empty()) {
            return html! {};
        }
        let window = ShownDays::of(&self.lanes, self.day.0);
        let lanes = f64::from(u32::try_from(self.lanes.len()).unwrap_or(u32::MAX));
        let height = lanes * LANE + AXIS + 20.0;
        let content = html! {
            (patterns(self.head.id))
            (axis(&window, lanes * LANE))
            @for (at, lane) in (0_u32..).zip(&self.lanes) { (self.lane(lane, f64::from(at) * LANE, &window)) }
            (self.line(&window, lanes * LANE))
        };
        self.head.svg((WIDTH, height), &content)
    }

    fn lane(&self, lane: &TimelineLane, y: f64, window: &ShownDays) -> Markup {
        html! {
            g {
                text x="0" y=(number(y + 16.0)) font-size=(number(SIZE)) font-weight="700" fill="#0b0c0c" {
                    (cut(&lane.label, WIDTH, SIZE))
                }
                @for span in &lane.spans { (self.span(span, y + 22.0, window)) }
            }
        }
    }

    fn span(&self, span: &TimelineSpan, y: f64, window: &ShownDays) -> Markup {
        let x = window.x(span.from);
        let width = (span.until.map_or(WIDTH, |until| window.x(until)) - x).max(2.0);
        let id = self.head.id;
        let (fill, ink, edge, dashes) = match span.kind {
            SpanKind::Firm => ("#14375a".to_owned(), "#ffffff", "#14375a", None),
            SpanKind::Planned => ("#dfe8f1".to_owned(), "#0b0c0c", "#14375a", Some("6 4")),
            SpanKind::Gap => (format!("url(#{id}-gap)"), "#0b0c0c", "#8a5200", None),
            SpanKind::Broken => ("#8f1414".to_owned(), "#ffffff", "#8f1414", None),
        };
        let text = cut(&span.text, width - 12.0, SIZE);
        html! {
            rect x=(number(x)) y=(number(y)) width=(number(width)) height="28" fill=(fill) stroke=(edge)
                stroke-width="2" stroke-dasharray=[dashes] {}
            @if span.kind == SpanKind::Gap && !text.is_empty() {
                rect x=(number(x + 4.0)) y=(number(y + 5.0)) width=(number(width_of(&text, SIZE) + 4.0)) height="18"
                    fill="#fff3d6" {}
            }
            @for day in span.changes.iter().filter(|day| **day > span.from) {
                path d=(format!("M{0} {1}v28", number(window.x(*day)), number(y))) stroke="#fd0" stroke-width="3" {}
            }
            text x=(number(x + 6.0)) y=(number(y + 19.0)) font-size=(number(SIZE)) fill=(ink) { (text) }
        }
    }

    /// The line of the day.
    fn line(&self, window: &ShownDays, height: f64) -> Markup {
        let (x, label) = (window.x(self.day.0), self.day.1);
        let length = width_of(label, SIZE);
        let at = (x + 4.0).min(WIDTH - length).max(0.0);
        html! {
            path d=(format!("M{0} 0v{1}", number(x), number(height + AXIS))) stroke="#b10e1e" stroke-width="2" {}
            text x=(number(at)) y=(number(height + AXIS + 16.0)) font-size=(number(SIZE)) font-weight="700"
                fill="#b10e1e" { (label) }
        }
    }
}

fn patterns(id: &str) -> Markup {
    html! {
        defs {
            pattern id=(format!("{id}-gap")) width="8" height="8" patternUnits="userSpaceOnUse"
                patternTransform="rotate(45)" {
                rect width="8" height="8" fill="#fff3d6" {}
                rect width="3" height="8" fill="#b97a00" {}
            }
        }
    }
}

fn axis(window: &ShownDays, height: f64) -> Markup {
    html! {
        @for year in window.years() {
            @let x = window.x(year);
            path d=(format!("M{0} 0v{1}", number(x), number(height + 6.0))) stroke="#c9cdd1" {}
            @if x + 36.0 <= WIDTH {
                text x=(number(x + 3.0)) y=(number(height + 20.0)) font-size=(number(SIZE)) fill="#484949" {
                    (year.year())
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn span(from: Date, until: Option<Date>, kind: SpanKind) -> TimelineSpan {
        TimelineSpan { from, until, text: "<1.0.0>".to_owned(), kind, changes: vec![date(2020, 1, 1)] }
    }

    fn drawn(spans: Vec<TimelineSpan>) -> String {
        let head = ChartHead { id: "line", title: "Law", description: "Versions" };
        let lanes = vec![TimelineLane { label: "A service".to_owned(), spans }];
        TimelineChart { head, lanes, day: (date(2026, 11, 30), "today") }.markup().into_string()
    }

    #[test]
    fn spans_stand_in_the_order_of_their_days_and_changes_are_marked() {
        let svg = drawn(vec![
            span(date(2016, 1, 1), Some(date(2022, 1, 1)), SpanKind::Firm),
            span(date(2022, 1, 1), Some(date(2023, 1, 1)), SpanKind::Gap),
            span(date(2027, 1, 1), None, SpanKind::Planned),
        ]);
        assert!(svg.contains("&lt;1.0.0&gt;"), "{svg}");
        assert!(svg.contains("url(#line-gap)"), "{svg}");
        assert!(svg.contains("stroke-dasharray=\"6 4\""), "{svg}");
        assert_eq!(svg.matches("stroke=\"#fd0\"").count(), 1);
        assert!(svg.contains(">today</text>"), "{svg}");
    }

    #[test]
    fn a_span_without_a_first_day_and_one_of_thousands_of_years_are_drawn() {
        let svg =
            drawn(vec![span(Date::MIN, None, SpanKind::Firm), span(date(1, 1, 1), Some(Date::MAX), SpanKind::Broken)]);
        assert!(svg.contains("<rect x=\"0.0\""), "{svg}");
        assert_eq!(drawn(Vec::new()), "");
    }
}

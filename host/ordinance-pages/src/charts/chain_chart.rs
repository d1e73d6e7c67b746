//! The chain of a decision: a box for each level, the highest first, and below them the outcome.

use maud::{Markup, html};

use super::drawing::{ChartHead, number, wrapped};

const WIDTH: f64 = 640.0;
const SIZE: f64 = 15.0;
const LINE: f64 = 21.0;
const GAP: f64 = 34.0;
const PADDING: f64 = 12.0;
/// The most lines of one text in a box.
const LINES_MAX: usize = 4;

/// What a box is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChainBoxKind {
    /// A level that applied its rule.
    Applied,
    /// A level without a rule: a dashed edge.
    Silent,
    /// A level whose rule failed: a thick red edge.
    Failed,
    /// A level that waits: a dotted edge.
    Waiting,
    /// The outcome: dark.
    Outcome,
}

/// A level or the outcome.
#[derive(Debug, Clone)]
pub struct ChainBox {
    /// What it is called.
    pub title: String,
    /// What it says, a line each.
    pub lines: Vec<String>,
    /// What upper law put right of it, which is drawn as a bar across its foot.
    pub bound: Option<String>,
    /// What it is.
    pub kind: ChainBoxKind,
}

/// The picture of a chain.
#[derive(Debug)]
pub struct ChainChart<'a> {
    /// What it is called.
    pub head: ChartHead<'a>,
    /// Its boxes, top first.
    pub boxes: Vec<ChainBox>,
}

/// A box whose texts are in lines.
struct LaidBox<'b> {
    kind: ChainBoxKind,
    title: Vec<String>,
    lines: Vec<String>,
    bound: Vec<String>,
    y: f64,
    of: &'b ChainBox,
}

fn count(lines: &[String]) -> f64 {
    f64::from(u32::try_from(lines.len()).unwrap_or(u32::MAX))
}

impl LaidBox<'_> {
    fn height(&self) -> f64 {
        2.0 * PADDING + (count(&self.title) + count(&self.lines)) * LINE + self.foot()
    }

    fn foot(&self) -> f64 {
        if self.bound.is_empty() { 0.0 } else { count(&self.bound) * LINE + 10.0 }
    }

    fn markup(&self) -> Markup {
        let (fill, ink, edge, width, dashes) = match self.kind {
            ChainBoxKind::Applied => ("#ffffff", "#0b0c0c", "#14375a", 3, None),
            ChainBoxKind::Silent => ("#f3f5f7", "#484949", "#6b7276", 2, Some("8 5")),
            ChainBoxKind::Failed => ("#ffffff", "#0b0c0c", "#b10e1e", 6, None),
            ChainBoxKind::Waiting => ("#ffffff", "#0b0c0c", "#8a5200", 3, Some("2 4")),
            ChainBoxKind::Outcome => ("#14375a", "#ffffff", "#14375a", 3, None),
        };
        let first = self.y + PADDING + SIZE;
        let below = first + count(&self.title) * LINE;
        let foot = self.y + self.height() - self.foot();
        html! {
            g {
                rect x="4" y=(number(self.y)) width=(number(WIDTH - 8.0)) height=(number(self.height())) rx="6" fill=(fill)
                    stroke=(edge) stroke-width=(width) stroke-dasharray=[dashes] {}
                (texts(&self.title, first, ink, "700"))
                (texts(&self.lines, below, ink, "400"))
                @if self.of.bound.is_some() {
                    rect x="4" y=(number(foot)) width=(number(WIDTH - 8.0)) height=(number(self.foot())) fill="#fff3d6"
                        stroke="#8a5200" stroke-width="3" {}
                    (texts(&self.bound, foot + SIZE + 3.0, "#0b0c0c", "700"))
                }
            }
        }
    }
}

fn texts(lines: &[String], first: f64, ink: &str, weight: &str) -> Markup {
    html! {
        @for (at, line) in (0_u32..).zip(lines) {
            text x="20" y=(number(first + f64::from(at) * LINE)) font-size=(number(SIZE)) font-weight=(weight)
                fill=(ink) { (line) }
        }
    }
}

impl ChainChart<'_> {
    /// Draws it.
    #[must_use]
    pub fn markup(&self) -> Markup {
        let in_lines = |text: &String| wrapped(text, WIDTH - 48.0, SIZE, LINES_MAX);
        let mut y = 4.0;
        let mut laid: Vec<LaidBox<'_>> = Vec::new();
        for of in &self.boxes {
            let next = LaidBox {
                kind: of.kind,
                title: in_lines(&of.title),
                lines: of.lines.iter().flat_map(in_lines).collect(),
                bound: of.bound.iter().flat_map(in_lines).collect(),
                y,
                of,
            };
            y += next.height() + GAP;
            laid.push(next);
        }
        let content = html! {
            @for each in &laid { (each.markup()) }
            @for each in laid.iter().take(laid.len().saturating_sub(1)) {
                @let end = each.y + each.height();
                path d=(format!("M320 {0}v{1}m-7 -8l7 8l7 -8", number(end + 4.0), number(GAP - 8.0))) fill="none"
                    stroke="#0b0c0c" stroke-width="2" {}
            }
        };
        self.head.svg((WIDTH, (y - GAP + 8.0).max(1.0)), &content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(title: &str, bound: Option<&str>, kind: ChainBoxKind) -> ChainBox {
        ChainBox { title: title.to_owned(), lines: vec!["applied".to_owned()], bound: bound.map(str::to_owned), kind }
    }

    #[test]
    fn levels_stand_below_each_other_with_what_upper_law_put_right() {
        let head = ChartHead { id: "chain", title: "The decision", description: "Two levels" };
        let boxes = vec![
            level("Nation <", None, ChainBoxKind::Applied),
            level("County", Some("raised to the least amount"), ChainBoxKind::Failed),
            level("eligible", None, ChainBoxKind::Outcome),
        ];
        let svg = ChainChart { head, boxes }.markup().into_string();
        assert!(svg.contains("Nation &lt;"), "{svg}");
        assert!(svg.contains("raised to the least amount"), "{svg}");
        assert_eq!(svg.matches("<path").count(), 2);
        assert!(svg.find("Nation").unwrap() < svg.find("County").unwrap());
    }
}

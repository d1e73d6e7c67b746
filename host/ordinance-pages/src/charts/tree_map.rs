//! A tree map: each place a rectangle in that of the place above it, by how many places it stands for.

use maud::{Markup, html};

use super::drawing::{ChartHead, cut, number, width_of};
use super::squarified::{Area, divide};

const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 560.0;
/// The strip at the top of a rectangle with others in it, which has its name.
const STRIP: f64 = 22.0;
const SIZE: f64 = 14.0;
/// Rectangles whose sides are shorter show no others.
const SIDE_MIN: f64 = 4.0;

/// How a rectangle is filled. Each kind has its own pattern, which a mark beside the name repeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellKind {
    /// Dark.
    Strong,
    /// Light.
    Calm,
    /// Light with stripes.
    Striped,
    /// Red with crosses.
    Crossed,
    /// Brown with dots.
    Dotted,
    /// White with a dashed edge.
    Empty,
    /// One of five shades, 0 the lightest.
    Shade(u8),
}

/// A rectangle of a tree map.
#[derive(Debug, Clone)]
pub struct TreeMapCell {
    /// What it is called.
    pub label: String,
    /// What says its kind without a colour.
    pub mark: &'static str,
    /// A second line, such as an amount.
    pub note: Option<String>,
    /// How it is filled.
    pub kind: CellKind,
    /// How large it is beside others, from 1.
    pub weight: u32,
    /// What lies in it.
    pub children: Vec<TreeMapCell>,
}

/// A tree map.
#[derive(Debug)]
pub struct TreeMap<'a> {
    /// What it is called.
    pub head: ChartHead<'a>,
    /// What it shows.
    pub cells: Vec<TreeMapCell>,
}

impl CellKind {
    fn fill(self, id: &str) -> String {
        match self {
            Self::Strong => "#14375a".to_owned(),
            Self::Calm => "#dfe8f1".to_owned(),
            Self::Striped => format!("url(#{id}-striped)"),
            Self::Crossed => format!("url(#{id}-crossed)"),
            Self::Dotted => format!("url(#{id}-dotted)"),
            Self::Empty => "#ffffff".to_owned(),
            Self::Shade(shade) => ["#eef3f8", "#c3d5e8", "#8fb2d3", "#2f6ea8", "#123f6b"]
                .get(usize::from(shade))
                .unwrap_or(&"#123f6b")
                .to_string(),
        }
    }

    fn ink(self) -> &'static str {
        match self {
            Self::Strong | Self::Crossed | Self::Dotted | Self::Shade(3..) => "#ffffff",
            Self::Calm | Self::Striped | Self::Empty | Self::Shade(_) => "#0b0c0c",
        }
    }

    fn is_patterned(self) -> bool {
        matches!(self, Self::Striped | Self::Crossed | Self::Dotted)
    }

    /// What lies behind a text on a pattern, so that it can be read.
    fn behind_text(self) -> &'static str {
        match self {
            Self::Crossed => "#8f1414",
            Self::Dotted => "#6f4200",
            _ => "#fff3d6",
        }
    }
}

/// The pattern of a kind; nothing of one that has none.
fn pattern(id: &str, kind: CellKind) -> Markup {
    match kind {
        CellKind::Striped => html! {
            pattern id=(format!("{id}-striped")) width="8" height="8" patternUnits="userSpaceOnUse"
                patternTransform="rotate(45)" {
                rect width="8" height="8" fill="#fff3d6" {}
                rect width="3" height="8" fill="#b97a00" {}
            }
        },
        CellKind::Crossed => html! {
            pattern id=(format!("{id}-crossed")) width="10" height="10" patternUnits="userSpaceOnUse" {
                rect width="10" height="10" fill="#8f1414" {}
                path d="M0 0L10 10M10 0L0 10" stroke="#d98282" stroke-width="1.2" {}
            }
        },
        CellKind::Dotted => html! {
            pattern id=(format!("{id}-dotted")) width="9" height="9" patternUnits="userSpaceOnUse" {
                rect width="9" height="9" fill="#6f4200" {}
                circle cx="4.5" cy="4.5" r="1.8" fill="#f2c879" {}
            }
        },
        CellKind::Strong | CellKind::Calm | CellKind::Empty | CellKind::Shade(_) => html! {},
    }
}

/// A small rectangle of a kind, for a legend. Screen readers pass it over: the word beside it says it.
#[must_use]
pub fn cell_sample(id: &str, kind: CellKind, mark: &str) -> Markup {
    let area = Area { x: 1.0, y: 1.0, width: 30.0, height: 20.0 };
    html! {
        svg class="app-sample" viewBox="0 0 32 22" width="32" height="22" aria-hidden="true" focusable="false" {
            @if kind.is_patterned() { defs { (pattern(id, kind)) } }
            (rectangle(id, area, kind))
            (written(mark, (16.0 - width_of(mark, SIZE) / 2.0, 16.0), kind))
        }
    }
}

fn rectangle(id: &str, area: Area, kind: CellKind) -> Markup {
    let dashes = (kind == CellKind::Empty).then_some("5 3");
    html! {
        rect x=(number(area.x)) y=(number(area.y)) width=(number(area.width)) height=(number(area.height))
            fill=(kind.fill(id)) stroke=(if dashes.is_some() { "#484949" } else { "#ffffff" }) stroke-dasharray=[dashes] {}
    }
}

/// A text at a place, with a ground of its own on a pattern.
fn written(text: &str, (x, y): (f64, f64), kind: CellKind) -> Markup {
    html! {
        @if !text.is_empty() {
            @if kind.is_patterned() {
                rect x=(number(x - 2.0)) y=(number(y - SIZE)) width=(number(width_of(text, SIZE) + 4.0))
                    height=(number(SIZE + 5.0)) fill=(kind.behind_text()) {}
            }
            text x=(number(x)) y=(number(y)) font-size=(number(SIZE)) fill=(kind.ink()) { (text) }
        }
    }
}

impl TreeMap<'_> {
    /// Draws it.
    #[must_use]
    pub fn markup(&self) -> Markup {
        let whole = Area { x: 0.0, y: 0.0, width: WIDTH, height: HEIGHT };
        let content = html! {
            defs {
                @for kind in [CellKind::Striped, CellKind::Crossed, CellKind::Dotted] { (pattern(self.head.id, kind)) }
            }
            (self.cells_in(&self.cells, whole))
        };
        self.head.svg((WIDTH, HEIGHT), &content)
    }

    fn cells_in(&self, cells: &[TreeMapCell], area: Area) -> Markup {
        let weights: Vec<f64> = cells.iter().map(|cell| f64::from(cell.weight.max(1))).collect();
        html! {
            @for (cell, area) in cells.iter().zip(divide(area, &weights)) { (self.cell(cell, area)) }
        }
    }

    fn cell(&self, cell: &TreeMapCell, area: Area) -> Markup {
        let (inner, room) = (area.within(3.0), (area.width - 10.0, area.height));
        let has_parts = !cell.children.is_empty() && inner.height > STRIP + SIDE_MIN && inner.width > SIDE_MIN;
        let is_named = room.1 >= STRIP;
        let name = if is_named { cut(&format!("{} {}", cell.mark, cell.label), room.0, SIZE) } else { String::new() };
        // Where no name fits, the mark still says what it is.
        let fits_mark = is_named && room.0 >= width_of(cell.mark, SIZE) - 4.0;
        let name = if name.is_empty() && fits_mark { cell.mark.to_owned() } else { name };
        let note = cell.note.as_deref().filter(|_| !has_parts && room.1 >= 2.0 * STRIP);
        let note = note.map(|note| cut(note, room.0, SIZE)).unwrap_or_default();
        html! {
            g {
                (rectangle(self.head.id, area, cell.kind))
                (written(&name, (area.x + 5.0, area.y + 16.0), cell.kind))
                (written(&note, (area.x + 5.0, area.y + 36.0), cell.kind))
                @if has_parts { (self.cells_in(&cell.children, inner.below(STRIP - 3.0))) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(label: &str, kind: CellKind, weight: u32, children: Vec<TreeMapCell>) -> TreeMapCell {
        TreeMapCell { label: label.to_owned(), mark: "x", note: None, kind, weight, children }
    }

    fn drawn(cells: Vec<TreeMapCell>) -> String {
        let head = ChartHead { id: "map", title: "Places", description: "Two places" };
        TreeMap { head, cells }.markup().into_string()
    }

    #[test]
    fn each_place_is_a_rectangle_with_its_name_and_its_mark() {
        let leaf = cell("<b>", CellKind::Crossed, 1, Vec::new());
        let svg = drawn(vec![cell("Nation", CellKind::Strong, 2, vec![leaf])]);
        assert_eq!(svg.matches("<g>").count(), 2);
        assert!(svg.contains(">x Nation</text>"), "{svg}");
        assert!(svg.contains(">x &lt;b&gt;</text>"), "{svg}");
        assert!(svg.contains("fill=\"url(#map-crossed)\""), "{svg}");
    }

    #[test]
    fn thousands_of_places_are_drawn_without_names_that_overlap() {
        let leaves = (0..3_000).map(|at| cell(&at.to_string(), CellKind::Calm, 1, Vec::new())).collect();
        let svg = drawn(vec![cell("Nation", CellKind::Strong, 3_000, leaves)]);
        assert_eq!(svg.matches("<g>").count(), 3_001);
        assert_eq!(svg.matches("</text>").count(), 1);
    }
}

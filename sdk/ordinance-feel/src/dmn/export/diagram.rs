//! Where the elements of a model stand in its diagram (DMN DI): inputs below, what requires them above.

use std::fmt::Write as _;

use super::elements::Element;

const WIDTH: u32 = 160;
const HEIGHT: u32 = 60;
const GAP_X: u32 = 40;
const GAP_Y: u32 = 80;
const MARGIN: u32 = 50;

/// Where an element stands.
#[derive(Debug, Clone, Copy)]
struct Spot {
    x: u32,
    y: u32,
}

/// The diagram of elements, of which each requires those at the indices beside it.
pub(super) fn diagram(elements: &[Element], requirements: &[(String, usize, usize)]) -> String {
    let levels = levels(elements.len(), requirements);
    let top = levels.iter().copied().max().unwrap_or(0);
    let mut columns = vec![0_u32; usize::try_from(top).unwrap_or(0) + 1];
    let spots: Vec<Spot> = levels
        .iter()
        .map(|level| {
            let column = columns.get_mut(usize::try_from(*level).unwrap_or(0));
            let column = column.map_or(0, |column| std::mem::replace(column, *column + 1));
            Spot { x: MARGIN + column * (WIDTH + GAP_X), y: MARGIN + (top - level) * (HEIGHT + GAP_Y) }
        })
        .collect();
    let mut xml = String::from("  <dmndi:DMNDI>\n    <dmndi:DMNDiagram id=\"diagram\">\n");
    for (index, spot) in spots.iter().enumerate() {
        let id = Element::id(index);
        let _ = writeln!(xml, "      <dmndi:DMNShape id=\"{id}_shape\" dmnElementRef=\"{id}\">");
        let (x, y) = (spot.x, spot.y);
        let _ = writeln!(xml, "        <dc:Bounds x=\"{x}\" y=\"{y}\" width=\"{WIDTH}\" height=\"{HEIGHT}\"/>");
        xml.push_str("      </dmndi:DMNShape>\n");
    }
    for (id, from, to) in requirements {
        let (Some(from), Some(to)) = (spots.get(*from), spots.get(*to)) else {
            continue;
        };
        let _ = writeln!(xml, "      <dmndi:DMNEdge id=\"{id}_edge\" dmnElementRef=\"{id}\">");
        let _ = writeln!(xml, "        <di:waypoint x=\"{}\" y=\"{}\"/>", from.x + WIDTH / 2, from.y);
        let _ = writeln!(xml, "        <di:waypoint x=\"{}\" y=\"{}\"/>", to.x + WIDTH / 2, to.y + HEIGHT);
        xml.push_str("      </dmndi:DMNEdge>\n");
    }
    xml.push_str("    </dmndi:DMNDiagram>\n  </dmndi:DMNDI>\n");
    xml
}

/// How many others stand one below another under each element.
fn levels(count: usize, requirements: &[(String, usize, usize)]) -> Vec<u32> {
    let mut levels = vec![0_u32; count];
    // Nothing requires itself, so that no way is longer than there are elements.
    for _ in 0..count {
        let mut is_settled = true;
        for (_, from, to) in requirements {
            let least = levels.get(*from).map_or(0, |level| level + 1);
            if let Some(level) = levels.get_mut(*to)
                && *level < least
            {
                *level = least;
                is_settled = false;
            }
        }
        if is_settled {
            break;
        }
    }
    levels
}

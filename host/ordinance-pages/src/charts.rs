//! Charts as SVG: a tree map, a timeline, bars, and the chain of a decision. Each is made of texts and numbers alone,
//! without scripts and without styles of its own, so that a strict policy lets it show. It has a title and a
//! description, and tells nothing by colour alone: a mark, a pattern or a word says the same. A page has a table beside
//! it with all that it shows.

mod bar_chart;
mod chain_chart;
mod drawing;
mod squarified;
mod stacked_bars;
mod timeline_chart;
mod tree_map;

pub use bar_chart::{BarChart, ChartBar};
pub use chain_chart::{ChainBox, ChainBoxKind, ChainChart};
pub use drawing::ChartHead;
pub use stacked_bars::{BarFill, BarRow, BarSeries, StackedBarChart};
pub use timeline_chart::{SpanKind, TimelineChart, TimelineLane, TimelineSpan};
pub use tree_map::{CellKind, TreeMap, TreeMapCell, cell_sample};

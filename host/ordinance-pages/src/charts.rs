//! Charts as SVG from the server, without scripts and without styles of their own, so that a strict policy lets them
//! show. Each has a title and a description for who doesn't see it, and tells nothing by colour alone. A chart stands
//! beside a table of the same numbers.

mod bars;

pub use bars::{BarChart, BarFill, BarRow, BarSeries};

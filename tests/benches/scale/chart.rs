//! Charts of growth with logarithmic axes, where what grows in proportion is a straight line with the slope of the grey
//! one.

use std::path::Path;

use plotters::prelude::{
    ChartBuilder, Circle, Color, IntoDrawingArea, IntoLogRange, LineSeries, PathElement, RGBColor, SVGBackend,
    SeriesLabelPosition, WHITE,
};

/// One line of a chart.
pub(crate) struct Series {
    pub(crate) name: &'static str,
    /// What was measured, by the size.
    pub(crate) points: Vec<(f64, f64)>,
}

/// How a cost grows with a size.
pub(crate) struct Curve {
    /// The name of the chart's file, without its ending.
    pub(crate) id: &'static str,
    pub(crate) title: &'static str,
    /// What grows.
    pub(crate) size: &'static str,
    /// What is measured, with its unit.
    pub(crate) cost: &'static str,
    pub(crate) series: Vec<Series>,
}

const COLOURS: [RGBColor; 3] = [RGBColor(0x1f, 0x4e, 0x9e), RGBColor(0xb3, 0x3c, 0x1a), RGBColor(0x2e, 0x7d, 0x32)];
const GREY: RGBColor = RGBColor(0xaa, 0xaa, 0xaa);
const SIZE: (u32, u32) = (640, 400);

impl Series {
    /// The exponent of the growth between the two largest sizes: 1 is in proportion, 0 is none.
    pub(crate) fn exponent(&self) -> Option<f64> {
        let [.., (size, cost), (larger, dearer)] = self.points.as_slice() else { return None };
        Some((dearer / cost).ln() / (larger / size).ln())
    }
}

impl Curve {
    /// Draws the curve into a file of a folder.
    pub(crate) fn draw(&self, folder: &Path) {
        let points = || self.series.iter().flat_map(|series| series.points.iter().copied());
        let range = |values: &mut dyn Iterator<Item = f64>| {
            values.fold((f64::MAX, f64::MIN), |(least, most), value| (value.min(least), value.max(most)))
        };
        let (least, most) = range(&mut points().map(|(size, _)| size));
        let (cheapest, dearest) = range(&mut points().map(|(_, cost)| cost));
        let path = folder.join(format!("{}.svg", self.id));
        let area = SVGBackend::new(&path, SIZE).into_drawing_area();
        area.fill(&WHITE).unwrap();
        let mut chart = ChartBuilder::on(&area)
            .caption(self.title, ("sans-serif", 18))
            .margin(14)
            .x_label_area_size(40)
            .y_label_area_size(64)
            .build_cartesian_2d((least * 0.8..most * 1.25).log_scale(), (cheapest * 0.5..dearest * 2.0).log_scale())
            .unwrap();
        chart.configure_mesh().x_desc(self.size).y_desc(self.cost).light_line_style(WHITE).draw().unwrap();
        // The line ends where it leaves the chart, which would bend it otherwise.
        let end = most.min(least * dearest * 2.0 / cheapest);
        let in_proportion = [(least, cheapest), (end, cheapest * end / least)];
        chart
            .draw_series(LineSeries::new(in_proportion, &GREY))
            .unwrap()
            .label("in proportion")
            .legend(|(x, y)| PathElement::new([(x, y), (x + 16, y)], GREY));
        for (series, colour) in self.series.iter().zip(COLOURS) {
            chart
                .draw_series(LineSeries::new(series.points.iter().copied(), colour.stroke_width(2)))
                .unwrap()
                .label(series.name)
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 16, y)], colour.stroke_width(2)));
            chart.draw_series(series.points.iter().map(|point| Circle::new(*point, 3, colour.filled()))).unwrap();
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperLeft)
            .background_style(WHITE.mix(0.8))
            .border_style(GREY)
            .draw()
            .unwrap();
        area.present().unwrap();
    }

    /// The numbers as a table.
    pub(crate) fn table(&self) -> String {
        let names: Vec<&str> = self.series.iter().map(|series| series.name).collect();
        let mut table = format!("| {} | {} |\n|---|{}\n", self.size, names.join(" | "), "---|".repeat(names.len()));
        let sizes = self.series.iter().max_by_key(|series| series.points.len());
        for (size, _) in sizes.into_iter().flat_map(|series| &series.points) {
            let cost = |series: &Series| {
                let found = series.points.iter().find(|(known, _)| known == size);
                found.map_or_else(String::new, |(_, cost)| format!("{cost:.1}"))
            };
            let costs: Vec<String> = self.series.iter().map(cost).collect();
            table.push_str(&format!("| {size} | {} |\n", costs.join(" | ")));
        }
        let exponents: Vec<String> = self
            .series
            .iter()
            .filter_map(|series| Some(format!("{}: {:.2}", series.name, series.exponent()?)))
            .collect();
        format!("{table}\nExponent between the two largest sizes (1 is in proportion): {}.\n", exponents.join("; "))
    }
}

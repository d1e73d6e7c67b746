//! The layout of a tree map: rectangles of given areas that are as square as can be (Bruls, Huizing and van Wijk 2000).

/// A rectangle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Area {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

impl Area {
    fn shorter_side(&self) -> f64 {
        self.width.min(self.height)
    }

    /// The same without a margin on each side.
    pub(super) fn within(&self, margin: f64) -> Self {
        Self {
            x: self.x + margin,
            y: self.y + margin,
            width: (self.width - 2.0 * margin).max(0.0),
            height: (self.height - 2.0 * margin).max(0.0),
        }
    }

    /// The same without a strip at its top.
    pub(super) fn below(&self, strip: f64) -> Self {
        Self { y: self.y + strip, height: (self.height - strip).max(0.0), ..*self }
    }
}

/// Divides an area by weights, of which none is negative. The rectangles are in the order of the weights.
pub(super) fn divide(area: Area, weights: &[f64]) -> Vec<Area> {
    let sum: f64 = weights.iter().sum();
    if sum <= 0.0 || area.shorter_side() <= 0.0 {
        return vec![Area { width: 0.0, height: 0.0, ..area }; weights.len()];
    }
    let scale = area.width * area.height / sum;
    let mut order: Vec<(usize, f64)> = weights.iter().map(|weight| weight * scale).enumerate().collect();
    order.sort_by(|one, other| other.1.total_cmp(&one.1));
    let mut placed: Vec<(usize, Area)> = Vec::with_capacity(weights.len());
    let (mut rest, mut row): (Area, Vec<(usize, f64)>) = (area, Vec::new());
    for next in order {
        let mut longer = row.clone();
        longer.push(next);
        if row.is_empty() || worst_ratio(&longer, rest.shorter_side()) <= worst_ratio(&row, rest.shorter_side()) {
            row = longer;
        } else {
            rest = place(&row, rest, &mut placed);
            row = vec![next];
        }
    }
    place(&row, rest, &mut placed);
    placed.sort_by_key(|(at, _)| *at);
    placed.into_iter().map(|(_, area)| area).collect()
}

/// The worst ratio of two sides in a row along a side.
fn worst_ratio(row: &[(usize, f64)], side: f64) -> f64 {
    let sum: f64 = row.iter().map(|(_, size)| size).sum();
    let of = |size: f64| ((side * side * size) / (sum * sum)).max((sum * sum) / (side * side * size));
    row.iter().map(|(_, size)| of(*size)).fold(0.0, f64::max)
}

/// Places a row along the shorter side, and gives what is left.
fn place(row: &[(usize, f64)], area: Area, placed: &mut Vec<(usize, Area)>) -> Area {
    let sum: f64 = row.iter().map(|(_, size)| size).sum();
    let is_column = area.width >= area.height;
    let thickness = sum / area.shorter_side().max(f64::MIN_POSITIVE);
    let mut offset = 0.0;
    for (at, size) in row {
        let length = if thickness > 0.0 { size / thickness } else { 0.0 };
        let cell = match is_column {
            true => Area { x: area.x, y: area.y + offset, width: thickness, height: length },
            false => Area { x: area.x + offset, y: area.y, width: length, height: thickness },
        };
        placed.push((*at, cell));
        offset += length;
    }
    match is_column {
        true => Area { x: area.x + thickness, width: (area.width - thickness).max(0.0), ..area },
        false => Area { y: area.y + thickness, height: (area.height - thickness).max(0.0), ..area },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: Area = Area { x: 0.0, y: 0.0, width: 60.0, height: 40.0 };

    #[test]
    fn each_rectangle_has_the_area_of_its_weight_and_lies_in_the_whole() {
        let weights = [6.0, 6.0, 4.0, 3.0, 2.0, 2.0, 1.0];
        let areas = divide(WHOLE, &weights);
        for (area, weight) in areas.iter().zip(weights) {
            assert!((area.width * area.height - weight * 100.0).abs() < 1e-6, "{area:?}");
            assert!(area.x + area.width <= 60.0 + 1e-6, "{area:?}");
            assert!(area.y + area.height <= 40.0 + 1e-6, "{area:?}");
        }
    }

    #[test]
    fn rectangles_do_not_overlap() {
        let areas = divide(WHOLE, &[1.0, 5.0, 3.0, 3.0, 8.0]);
        let apart = |one: &Area, other: &Area| {
            one.x + one.width <= other.x + 1e-6
                || other.x + other.width <= one.x + 1e-6
                || one.y + one.height <= other.y + 1e-6
                || other.y + other.height <= one.y + 1e-6
        };
        for (at, one) in areas.iter().enumerate() {
            for other in areas.iter().skip(at + 1) {
                assert!(apart(one, other), "{one:?} {other:?}");
            }
        }
    }

    #[test]
    fn nothing_to_divide_is_no_fault() {
        assert!(divide(WHOLE, &[]).is_empty());
        assert_eq!(divide(WHOLE, &[0.0]).len(), 1);
        assert_eq!(divide(WHOLE.within(30.0), &[1.0, 2.0]).len(), 2);
    }
}

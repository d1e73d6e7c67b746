//! The samples of the metrics in their text form (OpenMetrics), for pages that show them. The registry gives its
//! numbers in no other way.

use std::collections::BTreeMap;

/// One number of a metric.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct MetricSample {
    /// The name, with `_total`, `_bucket` and the like.
    pub(crate) name: String,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) value: f64,
}

impl MetricSample {
    /// The value of a label; empty if there is none.
    pub(crate) fn label(&self, name: &str) -> &str {
        self.labels.get(name).map_or("", String::as_str)
    }

    /// A count, which no metric of this host has beyond 2^53.
    pub(crate) fn count(&self) -> u64 {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is clamped to whole numbers")]
        let count = self.value.clamp(0.0, 9_007_199_254_740_992.0).round() as u64;
        count
    }
}

/// The samples of a text; lines that are none are passed over.
pub(crate) fn read_samples(text: &str) -> Vec<MetricSample> {
    text.lines().filter(|line| !line.starts_with('#')).filter_map(read_sample).collect()
}

fn read_sample(line: &str) -> Option<MetricSample> {
    let end = line.find(['{', ' '])?;
    let (name, rest) = line.split_at_checked(end)?;
    let (labels, rest) = match rest.strip_prefix('{') {
        Some(rest) => read_labels(rest)?,
        None => (BTreeMap::new(), rest),
    };
    let value = rest.split_whitespace().next()?.parse().ok()?;
    Some(MetricSample { name: name.to_owned(), labels, value })
}

/// The labels up to the brace that ends them, and what follows.
fn read_labels(text: &str) -> Option<(BTreeMap<String, String>, &str)> {
    let (mut labels, mut rest) = (BTreeMap::new(), text);
    loop {
        rest = rest.trim_start_matches(',');
        if let Some(after) = rest.strip_prefix('}') {
            return Some((labels, after));
        }
        let (name, quoted) = rest.split_once("=\"")?;
        let (value, after) = read_quoted(quoted)?;
        labels.insert(name.to_owned(), value);
        rest = after;
    }
}

/// A text up to the quote that ends it, and what follows.
fn read_quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((value, text.get(at + 1..)?)),
            '\\' => match characters.next()?.1 {
                'n' => value.push('\n'),
                other => value.push(other),
            },
            other => value.push(other),
        }
    }
    None
}

/// The bound below which a share of all observations lies, in seconds, by the buckets of all histograms of a name;
/// `None` without observations.
pub(crate) fn quantile(samples: &[MetricSample], histogram: &str, share: f64) -> Option<f64> {
    let buckets = buckets(samples, histogram);
    let all = buckets.last().map_or(0.0, |(_, count)| *count);
    let found = buckets.into_iter().find(|(_, count)| all > 0.0 && *count >= all * share);
    found.map(|(bound, _)| bound)
}

/// The observations between two bounds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct BucketShare {
    /// In seconds.
    pub(crate) from: f64,
    /// In seconds; infinite for the last one.
    pub(crate) to: f64,
    /// Of all observations, in percent.
    pub(crate) percent: f64,
}

/// The share of each bucket of all histograms of a name; nothing without observations.
pub(crate) fn bucket_shares(samples: &[MetricSample], histogram: &str) -> Vec<BucketShare> {
    let buckets = buckets(samples, histogram);
    let all = buckets.last().map_or(0.0, |(_, count)| *count);
    if all <= 0.0 {
        return Vec::new();
    }
    let before = [(0.0, 0.0)].into_iter().chain(buckets.iter().copied());
    let share = |((from, below), (to, count)): ((f64, f64), &(f64, f64))| BucketShare {
        from,
        to: *to,
        percent: (count - below) * 100.0 / all,
    };
    before.zip(&buckets).map(share).collect()
}

/// The bounds of all histograms of a name, with the observations below each.
fn buckets(samples: &[MetricSample], histogram: &str) -> Vec<(f64, f64)> {
    let name = format!("{histogram}_bucket");
    let mut buckets: Vec<(f64, f64)> = Vec::new();
    for sample in samples.iter().filter(|sample| sample.name == name) {
        let Ok(bound) = sample.label("le").replace("+Inf", "inf").parse::<f64>() else { continue };
        match buckets.iter_mut().find(|(known, _)| known.total_cmp(&bound).is_eq()) {
            Some((_, count)) => *count += sample.value,
            None => buckets.push((bound, sample.value)),
        }
    }
    buckets.sort_by(|one, other| one.0.total_cmp(&other.0));
    buckets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_has_a_name_labels_and_a_number() {
        let text = "# HELP a b\na_total{x=\"1\",y=\"a \\\"b\\\" {,}\"} 3\nb 2.5\n# EOF\nbroken{";
        let samples = read_samples(text);
        assert_eq!(samples.len(), 2);
        assert_eq!(samples[0].name, "a_total");
        assert_eq!(samples[0].label("y"), "a \"b\" {,}");
        assert_eq!(samples[0].count(), 3);
        assert_eq!(samples[1].label("x"), "");
    }

    #[test]
    fn a_quantile_is_the_bound_of_the_bucket_that_reaches_it() {
        let text = "s_bucket{le=\"0.1\"} 5\ns_bucket{le=\"0.2\"} 9\ns_bucket{le=\"+Inf\"} 10\n";
        let samples = read_samples(text);
        assert_eq!(quantile(&samples, "s", 0.5), Some(0.1));
        assert_eq!(quantile(&samples, "s", 0.9), Some(0.2));
        assert_eq!(quantile(&samples, "s", 1.0), Some(f64::INFINITY));
        assert_eq!(quantile(&samples, "other", 0.5), None);
    }

    #[test]
    fn the_shares_of_all_buckets_are_a_hundred_percent() {
        let text = "s_bucket{le=\"0.1\"} 5\ns_bucket{le=\"0.2\"} 9\ns_bucket{le=\"+Inf\"} 10\n";
        let shares = bucket_shares(&read_samples(text), "s");
        let told: Vec<_> = shares.iter().map(|share| (share.from, share.to, share.percent)).collect();
        assert_eq!(told, [(0.0, 0.1, 50.0), (0.1, 0.2, 40.0), (0.2, f64::INFINITY, 10.0)]);
        assert_eq!(bucket_shares(&read_samples("s_bucket{le=\"+Inf\"} 0\n"), "s"), []);
    }
}

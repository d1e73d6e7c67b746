//! What all charts share: the head of an SVG, and texts that fit.

use maud::{Markup, html};

use crate::words::is_han;

/// What a chart is called and says in one sentence, for whoever doesn't see it.
#[derive(Debug, Clone, Copy)]
pub struct ChartHead<'a> {
    /// The id of its SVG, which no other element of the page has.
    pub id: &'a str,
    /// Its title.
    pub title: &'a str,
    /// What it shows.
    pub description: &'a str,
}

impl ChartHead<'_> {
    /// The chart with this content, so many units wide and high.
    pub(super) fn svg(&self, (width, height): (f64, f64), content: &Markup) -> Markup {
        let (title_id, description_id) = (format!("{}-title", self.id), format!("{}-desc", self.id));
        html! {
            svg class="app-chart" id=(self.id) role="img" xmlns="http://www.w3.org/2000/svg"
                viewBox=(format!("0 0 {} {}", number(width), number(height)))
                aria-labelledby=(title_id) aria-describedby=(description_id) {
                title id=(title_id) { (self.title) }
                desc id=(description_id) { (self.description) }
                (content)
            }
        }
    }
}

/// A coordinate with one digit after the point.
pub(super) fn number(coordinate: f64) -> String {
    format!("{:.1}", if coordinate.is_finite() { coordinate } else { 0.0 })
}

/// How wide a text is in a font of a size, about.
pub(super) fn width_of(text: &str, size: f64) -> f64 {
    let of = |character: char| match character {
        _ if is_han(character) || !character.is_ascii() => 1.0,
        'i' | 'j' | 'l' | 't' | 'f' | 'r' | '.' | ',' | ':' | ';' | '\'' | '(' | ')' | ' ' => 0.42,
        'm' | 'w' | 'M' | 'W' => 0.98,
        _ if character.is_ascii_uppercase() => 0.76,
        _ => 0.64,
    };
    text.chars().map(of).sum::<f64>() * size
}

/// A text cut to a width; empty if not even two characters fit.
pub(super) fn cut(text: &str, width: f64, size: f64) -> String {
    if width_of(text, size) <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    for character in text.chars() {
        kept.push(character);
        if width_of(&kept, size) + size > width {
            kept.pop();
            break;
        }
    }
    if kept.chars().count() < 2 { String::new() } else { kept + "…" }
}

/// A text in lines of a width, broken at spaces where there are some; no more than so many lines.
pub(super) fn wrapped(text: &str, width: f64, size: f64, lines_max: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in words_of(text) {
        let Some(line) = lines.last_mut() else { break };
        if line.is_empty() || width_of(&format!("{line}{word}"), size) <= width {
            line.push_str(word);
        } else {
            lines.push(word.trim_start().to_owned());
        }
    }
    let is_cut = lines.len() > lines_max;
    lines.truncate(lines_max);
    let last = lines.pop().unwrap_or_default();
    let last = if is_cut { format!("{last}…") } else { last };
    lines.push(cut(&last, width, size));
    lines
}

/// The parts between which a text may be broken: before spaces, and beside each Chinese character.
fn words_of(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut start = 0;
    let mut before = ' ';
    for (at, character) in text.char_indices() {
        let may_break = character == ' ' || is_han(character) || is_han(before);
        if at > start && may_break {
            words.extend(text.get(start..at));
            start = at;
        }
        before = character;
    }
    words.extend(text.get(start..).filter(|rest| !rest.is_empty()));
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_to_the_width_that_there_is() {
        assert_eq!(cut("Shandong", 100.0, 10.0), "Shandong");
        assert!(cut("Shandong Province", 60.0, 10.0).ends_with('…'));
        assert_eq!(cut("山东省", 12.0, 10.0), "");
        assert!(width_of(&cut("烟台市芝罘区", 45.0, 10.0), 10.0) <= 45.0);
    }

    #[test]
    fn a_text_is_broken_at_spaces_and_beside_chinese_characters() {
        assert_eq!(wrapped("one two three", 45.0, 10.0, 3), ["one two", "three"]);
        assert_eq!(wrapped("烟台市芝罘区", 30.0, 10.0, 2), ["烟台市", "芝罘区"]);
        assert!(wrapped("one two three four", 45.0, 10.0, 1).concat().ends_with('…'));
    }

    #[test]
    fn what_a_chart_says_is_escaped() {
        let head = ChartHead { id: "map", title: "<script>", description: "a & b" };
        let svg = head.svg((10.0, 5.0), &html! {}).into_string();
        assert!(svg.contains("<title id=\"map-title\">&lt;script&gt;</title>"), "{svg}");
        assert!(svg.contains("viewBox=\"0 0 10.0 5.0\""), "{svg}");
        assert!(svg.contains("aria-describedby=\"map-desc\""), "{svg}");
    }
}

//! The guides in Chinese say what the English ones say: the same headings, code, links and tables, in the same order.

use std::fs;

use crate::support::root;

/// The guides that are kept in two languages, in the English file's name.
const GUIDES: [&str; 2] = ["host/README.md", "sdk/README.md"];

/// What a section of a guide holds besides its sentences.
#[derive(Debug, Default, PartialEq, Eq)]
struct Section {
    /// The depth of its heading; 0 before the first one.
    depth: usize,
    /// The lines of its blocks of code, as they stand.
    code: Vec<String>,
    /// What stands between single backticks, sorted.
    spans: Vec<String>,
    /// The targets of its links and pictures to other pages, sorted.
    links: Vec<String>,
    /// How many links go to a heading of the same page.
    inner_links: usize,
    /// How many cells each row of its tables has.
    rows: Vec<usize>,
}

/// A guide: its headings and its sections.
struct Guide {
    headings: Vec<String>,
    sections: Vec<Section>,
    /// The anchors that its links to itself name.
    anchors: Vec<String>,
}

impl Guide {
    fn read(path: &str) -> Self {
        let text = fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
        let mut guide = Self { headings: Vec::new(), sections: vec![Section::default()], anchors: Vec::new() };
        let mut prose = String::new();
        let mut is_code = false;
        for line in text.lines() {
            let fence = line.trim_start().starts_with("```");
            is_code ^= fence;
            if fence || is_code {
                guide.sections.last_mut().unwrap().code.push(line.to_owned());
            } else if line.starts_with('#') {
                guide.end_section(&std::mem::take(&mut prose));
                let depth = line.bytes().take_while(|byte| *byte == b'#').count();
                guide.headings.push(line[depth..].trim().to_owned());
                guide.sections.push(Section { depth, ..Section::default() });
            } else {
                prose.push_str(line);
                prose.push('\n');
            }
        }
        guide.end_section(&prose);
        guide
    }

    /// Notes what the prose of the last section holds.
    fn end_section(&mut self, prose: &str) {
        let section = self.sections.last_mut().unwrap();
        section.spans = prose.split('`').skip(1).step_by(2).map(words).collect();
        section.spans.sort();
        for target in prose.split("](").skip(1).filter_map(|rest| Some(words(rest.split_once(')')?.0))) {
            match target.strip_prefix('#') {
                Some(anchor) => {
                    section.inner_links += 1;
                    self.anchors.push(anchor.to_owned());
                }
                // The link to the guide in the other language, and pictures of pages in its own.
                None => section.links.push(target.replace(".zh-CN.md", ".md").replace("-zh.png", "-en.png")),
            }
        }
        section.links.sort();
        section.rows = prose.lines().filter(|line| line.starts_with('|')).map(cells).collect();
    }
}

/// A text with each run of white space as one space: a line may break anywhere.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// How many cells a row of a table has.
fn cells(row: &str) -> usize {
    row.replace("\\|", "").matches('|').count() - 1
}

/// The anchor that a page makes of a heading.
fn anchor(heading: &str) -> String {
    let kept = |character: &char| character.is_alphanumeric() || matches!(character, ' ' | '-' | '_');
    heading
        .to_lowercase()
        .chars()
        .filter(kept)
        .map(|character| if character == ' ' { '-' } else { character })
        .collect()
}

#[test]
fn the_chinese_guides_have_the_headings_commands_and_links_of_the_english_ones() {
    for path in GUIDES {
        let english = Guide::read(path);
        let chinese = Guide::read(&path.replace(".md", ".zh-CN.md"));
        assert_eq!(chinese.headings.len(), english.headings.len(), "{path}: {:?}", chinese.headings);
        for (index, (translated, original)) in chinese.sections.iter().zip(&english.sections).enumerate() {
            let heading = english.headings.get(index.wrapping_sub(1)).map_or("the beginning", String::as_str);
            assert_eq!(translated, original, "{path}, section \"{heading}\" (left: Chinese, right: English)");
        }
    }
}

#[test]
fn each_link_inside_a_guide_leads_to_a_heading() {
    for path in GUIDES {
        for path in [path.to_owned(), path.replace(".md", ".zh-CN.md")] {
            let guide = Guide::read(&path);
            let headings: Vec<String> = guide.headings.iter().map(|heading| anchor(heading)).collect();
            for target in &guide.anchors {
                assert!(headings.contains(target), "{path}: no heading for #{target}");
            }
        }
    }
}

//! Reading patterns.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use super::blocks::block;
use super::categories::Category;
use super::syntax::{Class, ClassPart, Flags, Node};

/// How deep groups and classes may nest.
const NESTING_MAX: u32 = 50;
/// The most times that a repetition may name.
const TIMES_MAX: u32 = 10_000;

/// The most letters of a pattern.
const LETTERS_MAX: usize = 1000;

struct Parser {
    /// The letters that are left, the next one last.
    left: Vec<char>,
    groups: usize,
    nesting: u32,
}

/// The parts of a pattern, and how many groups it has. `None` if it is wrong or not supported.
pub(super) fn parse(text: &str, flags: Flags) -> Option<(Node, usize)> {
    if text.chars().count() > LETTERS_MAX {
        return None;
    }
    if flags.literal {
        let letters = text.chars().map(Node::Letter).rev();
        return Some((letters.fold(Node::Empty, |rest, letter| Node::Sequence(Box::new(letter), Box::new(rest))), 0));
    }
    let mut left = if flags.blanks { without_blanks(text) } else { text.chars().collect::<Vec<char>>() };
    left.reverse();
    let mut parser = Parser { left, groups: 0, nesting: 0 };
    let root = parser.either()?;
    parser.left.is_empty().then_some((root, parser.groups))
}

/// The letters without blanks, which stay within `[...]`.
fn without_blanks(text: &str) -> Vec<char> {
    let (mut letters, mut classes, mut is_escaped) = (Vec::new(), 0_usize, false);
    for letter in text.chars() {
        if classes == 0 && matches!(letter, ' ' | '\t' | '\n' | '\r') {
            continue;
        }
        match letter {
            '[' if !is_escaped => classes += 1,
            ']' if !is_escaped => classes = classes.saturating_sub(1),
            _ => {}
        }
        is_escaped = letter == '\\' && !is_escaped;
        letters.push(letter);
    }
    letters
}

impl Parser {
    fn peek(&self) -> Option<char> {
        self.left.last().copied()
    }

    fn take(&mut self, letter: char) -> bool {
        let found = self.peek() == Some(letter);
        if found {
            self.left.pop();
        }
        found
    }

    fn either(&mut self) -> Option<Node> {
        self.nesting += 1;
        if self.nesting > NESTING_MAX {
            return None;
        }
        let mut ways = Vec::from([self.sequence()?]);
        while self.take('|') {
            ways.push(self.sequence()?);
        }
        self.nesting -= 1;
        ways.into_iter().rev().reduce(|rest, way| Node::Either(Box::new(way), Box::new(rest)))
    }

    fn sequence(&mut self) -> Option<Node> {
        let mut parts = Vec::new();
        while self.peek().is_some_and(|letter| !matches!(letter, '|' | ')')) {
            let part = self.atom()?;
            parts.push(self.repetition(part)?);
        }
        let join = |rest, part| Node::Sequence(Box::new(part), Box::new(rest));
        Some(parts.into_iter().rev().fold(Node::Empty, join))
    }

    fn atom(&mut self) -> Option<Node> {
        Some(match self.left.pop()? {
            '.' => Node::Any,
            '^' => Node::Start,
            '$' => Node::End,
            '[' => Node::Class(self.class()?),
            '(' => {
                let counted = !self.take('?');
                let number = self.groups;
                if counted {
                    self.groups += 1;
                } else if !self.take(':') {
                    return None;
                }
                let within = self.either()?;
                if !self.take(')') {
                    return None;
                }
                if counted { Node::Group(Box::new(within), number) } else { within }
            }
            '\\' => self.escape()?,
            '*' | '+' | '?' | '{' | '}' | ']' => return None,
            letter => Node::Letter(letter),
        })
    }

    fn escape(&mut self) -> Option<Node> {
        let letter = self.left.pop()?;
        if let Some(digit) = letter.to_digit(10) {
            let number = (digit as usize).checked_sub(1)?;
            return (number < self.groups).then_some(Node::Back(number));
        }
        Some(match self.class_part(letter)? {
            ClassPart::Letters(letter, _) => Node::Letter(letter),
            kind => Node::Class(Class { negated: false, parts: Vec::from([kind]), except: None }),
        })
    }

    /// What a letter is behind a backslash.
    fn class_part(&mut self, letter: char) -> Option<ClassPart> {
        if !matches!(letter, 'p' | 'P') {
            return class_part(letter);
        }
        if !self.take('{') {
            return None;
        }
        let mut name = String::new();
        while !self.take('}') {
            name.push(self.left.pop()?);
        }
        let negated = letter == 'P';
        Some(match name.strip_prefix("Is") {
            Some(name) => {
                let (first, last) = block(name)?;
                ClassPart::Block { first, last, negated }
            }
            None => ClassPart::Category { name: Category::named(&name)?, negated },
        })
    }

    fn repetition(&mut self, of: Node) -> Option<Node> {
        let (least, most) = match self.peek() {
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('?') => (0, Some(1)),
            Some('{') => {
                self.left.pop();
                let least = self.times()?;
                let most = if !self.take(',') {
                    Some(least)
                } else if self.peek() == Some('}') {
                    None
                } else {
                    Some(self.times()?)
                };
                if self.peek() != Some('}') || most.is_some_and(|most| most < least) {
                    return None;
                }
                (least, most)
            }
            _ => return Some(of),
        };
        self.left.pop();
        let greedy = !self.take('?');
        Some(Node::Repeat { of: Box::new(of), least, most, greedy })
    }

    fn times(&mut self) -> Option<u32> {
        let mut number = None;
        while let Some(digit) = self.peek().and_then(|letter| letter.to_digit(10)) {
            self.left.pop();
            number = Some(number.unwrap_or(0) * 10 + digit).filter(|number| *number <= TIMES_MAX);
            number?;
        }
        number
    }

    /// What is between `[` and `]`.
    fn class(&mut self) -> Option<Class> {
        self.nesting += 1;
        if self.nesting > NESTING_MAX {
            return None;
        }
        let negated = self.take('^');
        let mut parts = Vec::new();
        let mut except = None;
        loop {
            match self.left.pop()? {
                ']' if !parts.is_empty() => break,
                ']' | '[' => return None,
                '-' if !parts.is_empty() && self.peek() == Some('[') => {
                    self.left.pop();
                    except = Some(Box::new(self.class()?));
                    if !self.take(']') {
                        return None;
                    }
                    break;
                }
                first => parts.push(self.letters(first)?),
            }
        }
        self.nesting -= 1;
        Some(Class { negated, parts, except })
    }

    fn escaped_part(&mut self) -> Option<ClassPart> {
        let letter = self.left.pop()?;
        self.class_part(letter)
    }

    /// A letter, a kind of letters, or all from one to another.
    fn letters(&mut self, first: char) -> Option<ClassPart> {
        let part = if first == '\\' { self.escaped_part()? } else { ClassPart::Letters(first, first) };
        let ClassPart::Letters(first, _) = part else { return Some(part) };
        let after = self.left.len().checked_sub(2).and_then(|at| self.left.get(at)).copied();
        if self.peek() != Some('-') || matches!(after, None | Some(']' | '[')) {
            return Some(part);
        }
        self.left.pop();
        let last = match self.left.pop()? {
            '\\' => match self.escaped_part()? {
                ClassPart::Letters(letter, _) => letter,
                ClassPart::Kind(_) | ClassPart::Category { .. } | ClassPart::Block { .. } => return None,
            },
            letter => letter,
        };
        (first <= last).then_some(ClassPart::Letters(first, last))
    }
}

/// What a letter is behind a backslash.
fn class_part(letter: char) -> Option<ClassPart> {
    let itself = |letter| Some(ClassPart::Letters(letter, letter));
    match letter {
        'n' => itself('\n'),
        'r' => itself('\r'),
        't' => itself('\t'),
        'd' | 'D' | 's' | 'S' | 'w' | 'W' | 'i' | 'I' | 'c' | 'C' => Some(ClassPart::Kind(letter)),
        '\\' | '|' | '.' | '?' | '*' | '+' | '(' | ')' | '{' | '}' | '-' | '[' | ']' | '^' | '$' => itself(letter),
        _ => None,
    }
}

//! Finding what a pattern is, by trying one way after the other, with a limit of steps.

use alloc::rc::Rc;
use alloc::vec::Vec;

use super::syntax::{Flags, Node, other_cases};

/// The most steps of one search.
const STEPS_MAX: u32 = 100_000;

/// The search takes more steps than it may.
pub(in super::super) struct StepsError;

/// Where a pattern was found.
pub(in super::super) struct Captures {
    pub(in super::super) start: usize,
    pub(in super::super) end: usize,
    pub(in super::super) groups: Vec<Option<(usize, usize)>>,
}

/// What is left to match, as a list that the ways share.
enum Rest<'a> {
    Node(&'a Node, Next<'a>),
    /// A repetition that has matched so many times, the last time from a position on.
    Again {
        node: &'a Node,
        times: u32,
        from: usize,
        next: Next<'a>,
    },
    /// The end of a group that began at a position.
    Close {
        group: usize,
        start: usize,
        next: Next<'a>,
    },
}

type Next<'a> = Option<Rc<Rest<'a>>>;

/// One way that hasn't been tried yet.
struct Way<'a> {
    at: usize,
    rest: Next<'a>,
    groups: Rc<Vec<Option<(usize, usize)>>>,
}

struct Search<'a> {
    flags: Flags,
    letters: &'a [char],
    /// The ways that are left, the next one last.
    ways: Vec<Way<'a>>,
}

pub(super) fn find(
    root: &Node,
    groups: usize,
    flags: Flags,
    letters: &[char],
    from: usize,
) -> Result<Option<Captures>, StepsError> {
    let mut search = Search { flags, letters, ways: Vec::new() };
    let no_groups = Rc::new(Vec::from_iter(core::iter::repeat_n(None, groups)));
    let mut steps = 0;
    for start in from..=letters.len() {
        search.ways.clear();
        search.ways.push(Way { at: start, rest: link(Rest::Node(root, None)), groups: no_groups.clone() });
        while let Some(way) = search.ways.pop() {
            steps += 1;
            if steps > STEPS_MAX {
                return Err(StepsError);
            }
            let Some(rest) = way.rest.clone() else {
                return Ok(Some(Captures { start, end: way.at, groups: way.groups.to_vec() }));
            };
            search.step(way, &rest);
        }
    }
    Ok(None)
}

fn link(rest: Rest<'_>) -> Next<'_> {
    Some(Rc::new(rest))
}

impl<'a> Search<'a> {
    /// Goes on by one part of the pattern.
    fn step(&mut self, way: Way<'a>, rest: &Rest<'a>) {
        match rest {
            Rest::Node(node, next) => self.step_node(way, node, next.clone()),
            Rest::Again { node, times, from, next } => {
                // What matched nothing would do so for ever.
                let next = next.clone();
                if way.at == *from {
                    self.ways.push(Way { rest: next, ..way });
                } else {
                    self.repeat(way, node, *times, next);
                }
            }
            Rest::Close { group, start, next } => {
                let mut groups = way.groups.to_vec();
                if let Some(slot) = groups.get_mut(*group) {
                    *slot = Some((*start, way.at));
                }
                self.ways.push(Way { at: way.at, rest: next.clone(), groups: Rc::new(groups) });
            }
        }
    }

    fn step_node(&mut self, way: Way<'a>, node: &'a Node, next: Next<'a>) {
        let passes = match node {
            Node::Empty => true,
            Node::Start => way.at == 0 || (self.flags.lines && self.letter(way.at.wrapping_sub(1)) == Some('\n')),
            Node::End => way.at == self.letters.len() || (self.flags.lines && self.letter(way.at) == Some('\n')),
            Node::Letter(_) | Node::Any | Node::Class(_) => {
                if self.letter(way.at).is_some_and(|letter| self.is_letter(node, letter)) {
                    self.ways.push(Way { at: way.at + 1, rest: next, ..way });
                }
                return;
            }
            Node::Sequence(first, second) => {
                let rest = link(Rest::Node(first, link(Rest::Node(second, next))));
                self.ways.push(Way { rest, ..way });
                return;
            }
            Node::Either(first, second) => {
                let groups = way.groups.clone();
                self.ways.push(Way { at: way.at, rest: link(Rest::Node(second, next.clone())), groups });
                self.ways.push(Way { rest: link(Rest::Node(first, next)), ..way });
                return;
            }
            Node::Repeat { .. } => return self.repeat(way, node, 0, next),
            Node::Group(within, group) => {
                let close = link(Rest::Close { group: *group, start: way.at, next });
                self.ways.push(Way { rest: link(Rest::Node(within, close)), ..way });
                return;
            }
            Node::Back(group) => return self.back(way, *group, next),
        };
        if passes {
            self.ways.push(Way { rest: next, ..way });
        }
    }

    /// Both ways of a repetition: once more, and on. The one that is tried first is put last.
    fn repeat(&mut self, way: Way<'a>, node: &'a Node, times: u32, next: Next<'a>) {
        let Node::Repeat { of, least, most, greedy } = node else { return };
        let again = link(Rest::Again { node, times: times.saturating_add(1), from: way.at, next: next.clone() });
        let more = most.is_none_or(|most| times < most);
        let on = (times >= *least).then(|| Way { at: way.at, rest: next, groups: way.groups.clone() });
        let more = more.then(|| Way { rest: link(Rest::Node(of, again)), ..way });
        let (first, second) = if *greedy { (more, on) } else { (on, more) };
        self.ways.extend(second.into_iter().chain(first));
    }

    fn back(&mut self, way: Way<'a>, group: usize, next: Next<'a>) {
        let Some((start, end)) = way.groups.get(group).copied().flatten() else {
            // A group that was nothing is the empty text.
            return self.ways.push(Way { rest: next, ..way });
        };
        let length = end - start;
        let is_same = (0..length).all(|at| match (self.letter(start + at), self.letter(way.at + at)) {
            (Some(left), Some(right)) => self.is_same(left, right),
            _ => false,
        });
        if is_same {
            self.ways.push(Way { at: way.at + length, rest: next, ..way });
        }
    }

    fn letter(&self, at: usize) -> Option<char> {
        self.letters.get(at).copied()
    }

    fn is_same(&self, left: char, right: char) -> bool {
        left == right || (self.flags.any_case && is_same_but_for_case(left, right))
    }

    fn is_letter(&self, node: &Node, letter: char) -> bool {
        match node {
            Node::Letter(own) => self.is_same(*own, letter),
            Node::Any => self.flags.dot_all || !matches!(letter, '\n' | '\r'),
            Node::Class(class) => class.has(letter, self.flags.any_case),
            _ => false,
        }
    }
}

fn is_same_but_for_case(left: char, right: char) -> bool {
    other_cases(left).any(|other| other == right) || other_cases(right).any(|other| other == left)
}

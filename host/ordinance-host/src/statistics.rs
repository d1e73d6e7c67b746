//! The statistics of the decision log: counters of the months that aren't over, and the tables of the months that are,
//! which are published once and never change. Whatever is published of a month is a sum of groups of at least
//! `statistics.smallest-cell` decisions that share none.

pub(crate) mod archive;
pub(crate) mod attribute;
pub(crate) mod cells;
pub(crate) mod classes;
pub(crate) mod counts;
pub(crate) mod log_follower;
pub(crate) mod logged_decision;
pub(crate) mod month;
pub(crate) mod published_month;
pub(crate) mod publisher;

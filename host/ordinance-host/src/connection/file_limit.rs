//! How many connections fit into the limit on open files. Each holds a file; compiled code may hold half of all.

/// The most connections of the operations address. They have files of their own, so that monitoring reaches a host
/// whose other connections are all taken.
pub(crate) const OPERATIONS_CONNECTIONS_MAX: usize = 64;

/// Files for the log, the code cache, a reload, the compiler and the runtime.
const OTHER_FILES: usize = 64;

/// The most connections of portals: those of the settings, if the process may have enough files open. If not, a
/// warning says how many and what to do.
pub(crate) fn connections_that_fit(connections_max: usize, files: usize) -> usize {
    let reserve = OPERATIONS_CONNECTIONS_MAX + OTHER_FILES;
    let most = (files / 2).saturating_sub(reserve).max(files / 8).max(1);
    if connections_max <= most {
        return connections_max;
    }
    let needed = connections_max.saturating_add(reserve).saturating_mul(2);
    tracing::warn!(
        "http.connections-max is {connections_max}, but this process may have {files} files open: at most {most} \
         connections are open at one time; raise the limit on open files to {needed} (`ulimit -n`, `LimitNOFILE=` of \
         systemd), or set http.connections-max to {most}"
    );
    most
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_half_of_all_files_and_a_reserve() {
        assert_eq!(connections_that_fit(10_000, 32_768), 10_000);
        assert_eq!(connections_that_fit(10_000, 1024), 384);
        assert_eq!(connections_that_fit(100, 1024), 100);
        assert_eq!(connections_that_fit(10_000, 256), 32, "a few, whatever the limit");
        assert_eq!(connections_that_fit(10_000, 1), 1);
    }
}

//! Links the unwinder of GCC into the program, which then needs no library but the system's libc.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let is = |name: &str, value: &str| std::env::var(name).is_ok_and(|found| found == value);
    if is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu") {
        // The archive comes before the shared library of the same functions, which is then left out as unneeded.
        println!("cargo:rustc-link-lib=static:-bundle=gcc_eh");
    }
}

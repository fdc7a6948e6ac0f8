// corpus: uncaught
// env: RUST_BACKTRACE=full
// event: no settings
fn load() -> Option<i32> {
    None
}

fn main() {
    eprintln!("-- begin");
    load().expect("no settings");
}

// corpus: message of several lines
// event: two sites disagree
// env: RUST_BACKTRACE=1
fn main() {
    eprintln!("-- begin");
    panic!("two sites disagree\nsite-1 says 7\n\nsite-2 says 9");
}

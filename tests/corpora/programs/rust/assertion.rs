// corpus: message of several lines
// event: assertion `left == right` failed: two sites disagree
fn main() {
    eprintln!("-- begin");
    assert_eq!(7, 9 - std::env::args().count() as i32, "two sites disagree");
}

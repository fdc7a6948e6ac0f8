// corpus: uncaught
// env: RUST_BACKTRACE=1
// event: index out of bounds: the len is 3 but the index is 7
fn look(values: &[i32], n: usize) -> i32 {
    values[n]
}

fn main() {
    let n = std::env::args().count() + 6;
    eprintln!("-- begin");
    eprintln!("{}", look(&[1, 2, 3], n));
}

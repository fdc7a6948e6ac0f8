// corpus: suppressed
// event: java.lang.IllegalStateException: write failed
public final class Suppressed {
    static final class Store implements AutoCloseable {
        void write() {
            throw new IllegalStateException("write failed");
        }

        @Override
        public void close() {
            throw new RuntimeException("close failed", new java.io.IOException("disk gone"));
        }
    }

    public static void main(String[] args) {
        Marks.begin();
        try (Store store = new Store()) {
            store.write();
        } catch (IllegalStateException e) {
            e.printStackTrace();
        }
        Marks.end();
        Marks.say("going on");
    }
}

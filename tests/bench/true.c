// The program that the bundles of the benchmark run: it ends at once.
int main(void) {
  return 0;
}

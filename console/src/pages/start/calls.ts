/** When this tab called last: the reviewer's tile opens that call. */
let called = 0;

export const hasCalled = () => called;
export const calls = (at: number) => {
  called = at;
};

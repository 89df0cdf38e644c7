const paths = {
  check: 'M3.500 8.500l3 3 6-7',
  chevron: 'M4 6.500l4 4 4-4',
  cross: 'M4 4l8 8M12 4l-8 8',
  download: 'M8 2.500v8M4.500 7.500L8 11l3.500-3.500M3 13.500h10',
  edit: 'M10.500 3l2.500 2.500-7.500 7.500H3v-2.500z',
  file: 'M4 1.500h5l3 3v10H4zM9 1.500v3h3',
  folder: 'M1.500 3.500h4.500l1.500 2h7v8h-13z',
  help: 'M6 6a2 2 0 1 1 2.800 1.800c-.6.300-.8.700-.8 1.500M8 11.700v.1',
  moon: 'M13 9.500A5.500 5.500 0 1 1 6.500 3a4.500 4.500 0 0 0 6.500 6.500z',
  plus: 'M8 3v10M3 8h10',
  share: 'M8 10V2M5 4.500L8 1.500l3 3M3.500 7.500v6h9v-6',
  sun: 'M8 5.200a2.800 2.800 0 1 1 0 5.600a2.800 2.800 0 0 1 0-5.600zM8 1.500v1.200M8 13.300v1.200M1.500 8h1.200M13.300 8h1.200M3.400 3.400l.9.900M11.700 11.700l.9.900M3.400 12.600l.9-.9M11.700 4.300l.9-.9',
} as const;

/** A line icon of 16 units; says nothing to a screen reader (the control around it has the name). */
export function Icon({ name, size = 16 }: { readonly name: keyof typeof paths; readonly size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth={1.4}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={paths[name]} />
    </svg>
  );
}
